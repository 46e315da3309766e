"""The negative of the picture: every value v becomes 1 - v (as torchvision's RandomInvert).

Departures: none.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class InvertSpec(AugmentationSpec):
    """Turns the picture into its negative."""

    kind: Literal["invert"] = "invert"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are inverted.", unit="share"),
    ] = 0.2


class Invert(Operation):
    """Inverts the chosen images."""

    numbers = 1

    def __init__(self, spec: InvertSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are inverted; overwrites `images`."""
        return change_chosen(images, numbers[:, 0] < self.spec.probability, _negative)


def _negative(images: Tensor, _rows: Rows) -> Tensor:
    return images.neg_().add_(1.0)


def build(spec: InvertSpec, _context: BuildContext) -> Invert:
    """Return the operation."""
    return Invert(spec)


ENTRY = Entry(
    title="Invert",
    spec=InvertSpec,
    build=build,
    summary="Black becomes white; shapes stay, colours turn to their opposites.",
    citation="Cubuk et al. 2019, arXiv:1805.09501",
    group="Colour",
)
