"""Colour taken away (torchvision's RandomGrayscale); the number of channels stays.

SimCLR does it to a fifth of the views (Chen et al. 2020, arXiv:2002.05709, appendix A).

Departures: none.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.colour import luminance
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class GrayscaleSpec(AugmentationSpec):
    """Replaces every channel by the pixel's grey."""

    kind: Literal["grayscale"] = "grayscale"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that lose their colour.", unit="share"),
    ] = 0.2


class Grayscale(Operation):
    """Makes the chosen images grey."""

    numbers = 1

    def __init__(self, spec: GrayscaleSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are grey; overwrites `images`."""
        return change_chosen(images, numbers[:, 0] < self.spec.probability, _grey)


def _grey(images: Tensor, _rows: Rows) -> Tensor:
    return images.copy_(luminance(images))


def build(spec: GrayscaleSpec, _context: BuildContext) -> Grayscale:
    """Return the operation."""
    return Grayscale(spec)


ENTRY = Entry(
    title="Grayscale",
    spec=GrayscaleSpec,
    build=build,
    summary="Some views lose their colour altogether, so shape has to do.",
    citation="Chen et al. 2020, arXiv:2002.05709",
    group="Colour",
)
