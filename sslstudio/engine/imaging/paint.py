"""Covering parts of images with a colour or with noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from sslstudio.engine.imaging.boxes import Boxes
from sslstudio.engine.imaging.noise import NUMBERS, uniform_noise
from sslstudio.engine.imaging.operation import sent

FillColour = Literal["mean", "black", "white", "noise"]
"""The training images' mean colour (mid grey where it is not known), or noise in every pixel."""


class Paint:
    """A colour for all images, or noise of its own for each."""

    numbers = NUMBERS
    """Uniform numbers that one image needs."""

    def __init__(self, colour: FillColour, channels: int, mean: Sequence[float] = ()) -> None:
        levels = {"black": 0.0, "white": 1.0}
        flat = [levels.get(colour, 0.5)] * channels
        shown = mean if colour == "mean" and len(mean) == channels else flat
        self.noisy = colour == "noise"
        self.colour = torch.tensor(shown, dtype=torch.float32).view(1, -1, 1, 1)

    def cover(self, images: Tensor, covered: Tensor, numbers: Tensor) -> Tensor:
        """Return images painted over; overwrites them.

        `covered` is 1.0 where there is paint and 0.0 elsewhere  # (batch, 1, height, width)
        """
        if self.noisy:
            paint = uniform_noise(numbers, images[0].numel()).view_as(images)
        else:
            paint = sent(self.colour, images.device)
        return images.mul_(1.0 - covered).add_(covered * paint)


def inside(boxes: Boxes, size: tuple[int, int]) -> Tensor:
    """Return 1.0 within each image's box and 0.0 outside  # (batch, 1, height, width)."""
    rows = _between(boxes.top, boxes.height, size[0]).unsqueeze(2)
    columns = _between(boxes.left, boxes.width, size[1]).unsqueeze(1)
    return (rows * columns).unsqueeze(1)


def _between(start: Tensor, length: Tensor, pixels: int) -> Tensor:
    places = torch.arange(pixels, device=start.device)
    first = start.unsqueeze(1)
    return ((places >= first) & (places < first + length.unsqueeze(1))).to(torch.float32)
