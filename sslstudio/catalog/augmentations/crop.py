"""A window of the view's size at a random place, without resizing (torchvision's RandomCrop).

With padding of an eighth this is the usual augmentation of CIFAR-10, 4 px on each side of 32.

Departures: an image that is too small for the view is padded until it just fits, torchvision pads
what is missing on either side.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class CropSpec(AugmentationSpec):
    """Cuts a window of the view's size out of the padded image; nothing is resized."""

    kind: Literal["crop"] = "crop"
    sets_size: ClassVar[bool] = True
    padding: Annotated[
        float,
        Range(0.0, 0.5),
        Ui("Padding", "Border around the image as a share of the view's side.", unit="share"),
    ] = 0.125
    fill: Annotated[
        Literal["black", "mirror", "edge"],
        Ui("Fill", "What the border shows: black, the mirrored image, or its outermost pixels."),
    ] = "black"


class Crop(Operation):
    """Shifts a window over each image."""

    numbers = 2

    def __init__(self, spec: CropSpec, size: int) -> None:
        self.spec = spec
        self.size = size

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return the windows  # (batch, channels, size, size)."""
        batch, channels, height, width = images.shape
        rows = self._places(numbers[:, 0], height)
        columns = self._places(numbers[:, 1], width)
        down = self._folded(rows, height).view(batch, 1, self.size, 1)
        right = self._folded(columns, width).view(batch, 1, 1, self.size)
        tall = images.gather(2, down.expand(batch, channels, self.size, width))
        window = tall.gather(3, right.expand(batch, channels, self.size, self.size))
        if self.spec.fill != "black":
            return window
        return window.mul_(_within(rows, height).view(batch, 1, self.size, 1)).mul_(
            _within(columns, width).view(batch, 1, 1, self.size)
        )

    def _places(self, numbers: Tensor, length: int) -> Tensor:
        """Return where the window's pixels lie; some before 0 or behind the end."""
        missing = max(0, self.size - length)
        padding = max(round(self.spec.padding * self.size), (missing + 1) // 2)
        room = length + 2 * padding - self.size
        start = (numbers * (room + 1)).floor().clamp_max_(room).long() - padding
        return start.unsqueeze(1) + torch.arange(self.size, device=numbers.device)

    def _folded(self, places: Tensor, length: int) -> Tensor:
        if self.spec.fill == "mirror":
            places = length - 1 - (length - 1 - places.abs()).abs()
        return places.clamp(0, length - 1)


def _within(places: Tensor, length: int) -> Tensor:
    return ((places >= 0) & (places < length)).to(torch.float32)


def build(spec: CropSpec, context: BuildContext) -> Crop:
    """Return the operation for the context's view."""
    return Crop(spec, context.view_size)


ENTRY = Entry(
    title="Random crop",
    spec=CropSpec,
    build=build,
    summary="A window at a random place, pixel for pixel; objects keep their size.",
    citation="Krizhevsky et al. 2012, NeurIPS, section 4.1",
    group="Crops",
)
