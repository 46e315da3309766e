"""Sharpening and softening (Pillow's ImageEnhance.Sharpness, as torchvision's).

Departures: the factor is drawn for each image, where torchvision has one for all.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation, between
from sslstudio.engine.imaging.tone import sharpened
from sslstudio.engine.parts import BuildContext


class SharpnessSpec(AugmentationSpec):
    """Sharpens or softens the image."""

    kind: Literal["sharpness"] = "sharpness"
    factor: Annotated[
        tuple[float, float],
        Span(0.0, 8.0),
        Ui("Factor", "Smallest and largest: 0 is smoothed, 1 unchanged, 2 as much sharper."),
    ] = (0.0, 3.0)
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are sharpened or softened.", unit="share"),
    ] = 0.5


class Sharpness(Operation):
    """Sharpens or softens the chosen images, each by its own factor."""

    numbers = 2

    def __init__(self, spec: SharpnessSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are sharpened or softened; overwrites `images`."""
        factors = between(numbers[:, 1], *self.spec.factor)

        def change(part: Tensor, rows: Rows) -> Tensor:
            return sharpened(part, factors[rows])

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: SharpnessSpec, _context: BuildContext) -> Sharpness:
    """Return the operation."""
    return Sharpness(spec)


ENTRY = Entry(
    title="Sharpness",
    spec=SharpnessSpec,
    build=build,
    summary="Fine detail is drawn harder or softer than it was.",
    citation="Cubuk et al. 2019, arXiv:1805.09501",
    group="Detail",
)
