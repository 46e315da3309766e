"""Mirroring top to bottom (torchvision's RandomVerticalFlip).

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


class VerticalFlipSpec(AugmentationSpec):
    """Mirrors the image top to bottom."""

    kind: Literal["vertical-flip"] = "vertical-flip"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are upside down.", unit="share"),
    ] = 0.5


class VerticalFlip(Placing):
    """Mirrors the chosen images; beside a crop this costs nothing."""

    numbers = 1

    def __init__(self, spec: VerticalFlipSpec) -> None:
        self.spec = spec

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        """Return the placement mirrored where chosen."""
        return placement.upended(numbers[:, 0] < self.spec.probability)


def build(spec: VerticalFlipSpec, _context: BuildContext) -> VerticalFlip:
    """Return the operation."""
    return VerticalFlip(spec)


ENTRY = Entry(
    title="Vertical flip",
    spec=VerticalFlipSpec,
    build=build,
    summary="Top becomes bottom; for images without an up, as from microscopes and satellites.",
    citation="Krizhevsky et al. 2012, NeurIPS, section 4.1 (mirroring)",
    group="Geometry",
)
