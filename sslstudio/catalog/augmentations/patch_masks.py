"""Hidden patches or blocks, as in masked autoencoders and context encoders.

`patches` hides exactly the given share of a grid's patches, rounded to whole patches (He et al.
2022, arXiv:2111.06377, section 3); `block` hides one square at a random place and `centre` one in
the middle (Pathak et al. 2016, arXiv:1604.07379, section 4: a quarter of the image).

Departures: hidden pixels are painted over instead of being left out of the network's input.
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
from sslstudio.engine.imaging.noise import NUMBERS, uniform_noise
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.imaging.paint import FillColour, Paint, inside
from sslstudio.engine.parts import BuildContext


class PatchMasksSpec(AugmentationSpec):
    """Hides patches of a grid, or one block."""

    kind: Literal["patch-masks"] = "patch-masks"
    shape: Annotated[
        Literal["patches", "block", "centre"],
        Ui("Shape", "Scattered patches, one square anywhere, or one square in the middle."),
    ] = "patches"
    hidden: Annotated[
        float,
        Range(0.0, 0.95),
        Ui("Hidden", "Share of the image's area that is hidden.", unit="share"),
    ] = 0.5
    grid: Annotated[
        int,
        Range(2, 16),
        Ui("Grid", "Patches along each side, where patches are hidden.", unit="patches"),
    ] = 4
    fill: Annotated[
        FillColour,
        Ui("Fill", "What hides them: the training images' mean colour, black, white or noise."),
    ] = "mean"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views with hidden parts.", unit="share"),
    ] = 1.0


class PatchMasks(Operation):
    """Paints over parts of the chosen images."""

    numbers = 3 + NUMBERS + Paint.numbers

    def __init__(self, spec: PatchMasksSpec, paint: Paint) -> None:
        self.spec = spec
        self.paint = paint

    def hidden(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:
        """Return 1.0 where these numbers hide the image  # (batch, 1, height, width)."""
        if self.spec.shape == "patches":
            return self._patches(numbers[:, 3 : 3 + NUMBERS], size)
        side = self.spec.hidden**0.5
        tall, wide = round(side * size[0]), round(side * size[1])
        spots = torch.full_like(numbers[:, 1:3], 0.5)
        if self.spec.shape == "block":
            spots = numbers[:, 1:3]
        top = (spots[:, 0] * (size[0] - tall + 1)).floor()
        left = (spots[:, 1] * (size[1] - wide + 1)).floor()
        heights, widths = torch.full_like(top, tall), torch.full_like(top, wide)
        return inside(Boxes(top, left, heights, widths), size)

    def _patches(self, numbers: Tensor, size: tuple[int, int]) -> Tensor:
        grid = self.spec.grid
        rank = uniform_noise(numbers, grid * grid).argsort(dim=1).argsort(dim=1)
        hidden = (rank < round(self.spec.hidden * grid * grid)).to(torch.float32)
        rows, columns = (
            (torch.arange(length, device=numbers.device) * grid).div(length, rounding_mode="floor")
            for length in size
        )
        patch = rows.unsqueeze(1) * grid + columns  # (height, width)
        return hidden[:, patch].unsqueeze(1)

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some have hidden parts; overwrites `images`."""
        size = (images.shape[2], images.shape[3])

        def change(part: Tensor, rows: Rows) -> Tensor:
            hidden = self.hidden(numbers[rows], size)
            return self.paint.cover(part, hidden, numbers[rows, -Paint.numbers :])

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: PatchMasksSpec, context: BuildContext) -> PatchMasks:
    """Return the operation with the run's mean colour."""
    return PatchMasks(spec, Paint(spec.fill, context.channels, context.channel_mean))


ENTRY = Entry(
    title="Patch masks",
    spec=PatchMasksSpec,
    build=build,
    summary="Hides parts of the image; what is left has to tell the rest.",
    citation="Pathak et al. 2016, arXiv:1604.07379; He et al. 2022, arXiv:2111.06377",
    group="Occlusion and order",
)
