"""Blocks of one colour each, the mean of what they cover.

A coarser picture without the soft edges of a blur; one of the corruptions that networks are tested
with (Hendrycks & Dietterich 2019, arXiv:1903.12261).

Departures: the size of a block is drawn for each image between two ends, there it is one of five;
blocks that the border cuts are averages of what is left of them, and a size between whole numbers
of pixels alternates between the two.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.mosaic import block_matrices
from sslstudio.engine.imaging.operation import Operation, between
from sslstudio.engine.imaging.separable import apply_separable
from sslstudio.engine.parts import BuildContext


class PixelateSpec(AugmentationSpec):
    """Shows the image in blocks of one colour."""

    kind: Literal["pixelate"] = "pixelate"
    block: Annotated[
        tuple[float, float],
        Span(1.0, 64.0, log=True),
        Ui("Block", "Smallest and largest side of a block; the largest is one colour.", unit="px"),
    ] = (2.0, 6.0)
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views in blocks.", unit="share"),
    ] = 0.5


class Pixelate(Operation):
    """Averages the chosen images in blocks, each in its own size."""

    numbers = 2

    def __init__(self, spec: PixelateSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some consist of blocks; overwrites `images`."""
        blocks = between(numbers[:, 1], *self.spec.block)

        def change(part: Tensor, rows: Rows) -> Tensor:
            height, width = part.shape[-2:]
            columns = block_matrices(blocks[rows], width)
            down = columns if height == width else block_matrices(blocks[rows], height)
            return apply_separable(part, down, columns).clamp_(0.0, 1.0)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: PixelateSpec, _context: BuildContext) -> Pixelate:
    """Return the operation."""
    return Pixelate(spec)


ENTRY = Entry(
    title="Pixelate",
    spec=PixelateSpec,
    build=build,
    summary="Coarse blocks instead of fine detail.",
    citation="Hendrycks & Dietterich 2019, arXiv:1903.12261",
    group="Detail",
)
