"""Mirroring left to right (torchvision's RandomHorizontalFlip).

Departures: beside a crop it is part of the same resampling.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.placement import Placement, Placing
from sslstudio.engine.parts import BuildContext


class HorizontalFlipSpec(AugmentationSpec):
    """Mirrors the image left to right."""

    kind: Literal["horizontal-flip"] = "horizontal-flip"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are mirrored.", unit="share"),
    ] = 0.5


class HorizontalFlip(Placing):
    """Mirrors the chosen images; beside a crop this costs nothing."""

    numbers = 1

    def __init__(self, spec: HorizontalFlipSpec) -> None:
        self.spec = spec

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        """Return the placement mirrored where chosen."""
        return placement.flipped(numbers[:, 0] < self.spec.probability)


def build(spec: HorizontalFlipSpec, _context: BuildContext) -> HorizontalFlip:
    """Return the operation."""
    return HorizontalFlip(spec)


ENTRY = Entry(
    title="Horizontal flip",
    spec=HorizontalFlipSpec,
    build=build,
    summary="Left becomes right; leave it out where sides carry meaning, as in text.",
    citation="Chen et al. 2020, arXiv:2002.05709",
    group="Geometry",
)
