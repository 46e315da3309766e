"""Cutout (DeVries & Taylor 2017, arXiv:1708.04552, section 3.2).

The centre of a square is drawn anywhere in the image, so that parts of the square may lie outside.
The paper paints with 0 after normalisation, which is the training images' mean colour, once in
every view: the defaults; it cuts 16 of 32 px for CIFAR-10 and 8 for CIFAR-100.

Departures: on request several squares, other colours, and not in every view.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.boxes import Boxes
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.imaging.paint import FillColour, Paint, inside
from sslstudio.engine.parts import BuildContext

MOST_HOLES = 8


class CutoutSpec(AugmentationSpec):
    """Paints over squares at random places, also across the border."""

    kind: Literal["cutout"] = "cutout"
    side: Annotated[
        float,
        Range(0.05, 1.0),
        Ui("Side", "Side of the square as a share of the image's shorter side.", unit="share"),
    ] = 0.5
    holes: Annotated[
        int, Range(1, MOST_HOLES), Ui("Holes", "How many squares are cut out of an image.")
    ] = 1
    fill: Annotated[
        FillColour,
        Ui("Fill", "The training images' mean colour, black, white, or noise in every pixel."),
    ] = "mean"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views with holes.", unit="share"),
    ] = 1.0


class Cutout(Operation):
    """Cuts squares out of the chosen images."""

    numbers = 1 + 2 * MOST_HOLES + Paint.numbers

    def __init__(self, spec: CutoutSpec, paint: Paint) -> None:
        self.spec = spec
        self.paint = paint

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some have holes; overwrites `images`."""
        size = (images.shape[2], images.shape[3])

        def change(part: Tensor, rows: Rows) -> Tensor:
            holes = self.holes(numbers[rows, 1 : 1 + 2 * MOST_HOLES], size)
            return self.paint.cover(part, holes, numbers[rows, -Paint.numbers :])

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)

    def holes(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:
        """Return 1.0 within the holes and 0.0 outside  # (batch, 1, height, width)."""
        half = max(1, round(self.spec.side * min(size) / 2.0))
        side = torch.full_like(numbers[:, 0], 2.0 * half)
        covered = numbers.new_zeros(len(numbers), 1, *size)
        for hole in range(self.spec.holes):
            top = (numbers[:, 2 * hole] * size[0]).floor() - half
            left = (numbers[:, 2 * hole + 1] * size[1]).floor() - half
            covered = torch.maximum(covered, inside(Boxes(top, left, side, side), size))
        return covered


def build(spec: CutoutSpec, context: BuildContext) -> Cutout:
    """Return the operation with the run's mean colour."""
    return Cutout(spec, Paint(spec.fill, context.channels, context.channel_mean))


ENTRY = Entry(
    title="Cutout",
    spec=CutoutSpec,
    build=build,
    summary="Cuts a square out of every view, often across the border.",
    citation="DeVries & Taylor 2017, arXiv:1708.04552",
    group="Occlusion and order",
)
