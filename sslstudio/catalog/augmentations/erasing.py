"""Random erasing (Zhong et al. 2020, arXiv:1708.04896, algorithm 1; torchvision's law of boxes).

Up to ten boxes are drawn, and the first that is smaller than the image on both sides is painted
over. Noise is uniform in [0, 1] for every value as in the paper; torchvision's is normal and comes
after its normalisation.

Departures: the paper tries until a box fits and draws its aspect ratio uniformly, which is
log-uniform here as in torchvision.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.boxes import NUMBERS, draw_holes
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.imaging.paint import FillColour, Paint, inside
from sslstudio.engine.parts import BuildContext


class ErasingSpec(AugmentationSpec):
    """Paints over a random box of the image."""

    kind: Literal["erasing"] = "erasing"
    scale: Annotated[
        tuple[float, float],
        Span(0.01, 0.95),
        Ui("Area", "Smallest and largest share of the image's area that is erased.", unit="share"),
    ] = (0.02, 0.33)
    aspect_ratio: Annotated[
        tuple[float, float],
        Span(0.1, 10.0, log=True),
        Ui("Aspect ratio", "Narrowest and widest box, as width divided by height.", advanced=True),
    ] = (0.3, 3.3)
    fill: Annotated[
        FillColour,
        Ui("Fill", "Noise in every pixel, the training images' mean colour, black or white."),
    ] = "noise"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views with an erased box.", unit="share"),
    ] = 0.5


class Erasing(Operation):
    """Erases one box of each chosen image."""

    numbers = 1 + NUMBERS + Paint.numbers

    def __init__(self, spec: ErasingSpec, paint: Paint) -> None:
        self.spec = spec
        self.paint = paint

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some have an erased box; overwrites `images`."""
        size = (images.shape[2], images.shape[3])
        spec = self.spec

        def change(part: Tensor, rows: Rows) -> Tensor:
            drawn = numbers[rows, 1 : 1 + NUMBERS]
            hole = inside(draw_holes(drawn, size, spec.scale, spec.aspect_ratio), size)
            return self.paint.cover(part, hole, numbers[rows, -Paint.numbers :])

        return change_chosen(images, numbers[:, 0] < spec.probability, change)


def build(spec: ErasingSpec, context: BuildContext) -> Erasing:
    """Return the operation with the run's mean colour."""
    return Erasing(spec, Paint(spec.fill, context.channels, context.channel_mean))


ENTRY = Entry(
    title="Random erasing",
    spec=ErasingSpec,
    build=build,
    summary="Takes a box away, so that no single part of an object has to be there.",
    citation="Zhong et al. 2020, arXiv:1708.04896",
    group="Occlusion and order",
)
