"""Random crop boxes: a share of the area and an aspect ratio (Szegedy et al. 2015, section 6).

The law is torchvision's RandomResizedCrop, drawn for a whole batch at once: up to ten tries to
find a box that fits, then the largest central box of an allowed aspect ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from sslstudio.engine.imaging.operation import between

Region = Literal["anywhere", "left", "right", "upper", "lower"]
TRIES = 10
NUMBERS = 2 * TRIES + 2
"""Uniform numbers that one box needs: area and ratio of each try, and the position."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """One rectangle per image, in pixels  # each (batch,), whole numbers as float."""

    top: Tensor
    left: Tensor
    height: Tensor
    width: Tensor

    def where(self, keep: Tensor, other: Boxes) -> Boxes:
        """Return these boxes where `keep` is true and the others elsewhere."""
        return Boxes(
            torch.where(keep, self.top, other.top),
            torch.where(keep, self.left, other.left),
            torch.where(keep, self.height, other.height),
            torch.where(keep, self.width, other.width),
        )


def whole_boxes(count: int, height: int, width: int, device: torch.device) -> Boxes:
    """Return boxes that take in the whole image."""
    zero = torch.zeros(count, device=device)
    return Boxes(zero, zero, torch.full_like(zero, height), torch.full_like(zero, width))


def draw_boxes(
    numbers: Tensor,
    size: tuple[int, int],
    scale: tuple[float, float],
    ratio: tuple[float, float],
) -> Boxes:
    """Return a random box per image of this (height, width)  # numbers: (batch, NUMBERS)."""
    height, width = size
    heights, widths = _tries(numbers, size, scale, ratio)
    fits = (heights > 0) & (heights <= height) & (widths > 0) & (widths <= width)
    boxes = _first(heights, widths, fits, numbers, size)
    fallback = _central(len(numbers), size, ratio, numbers.device)
    return boxes.where(fits.any(dim=1), fallback)


def draw_within(
    numbers: Tensor,
    size: tuple[int, int],
    scale: tuple[float, float],
    ratio: tuple[float, float],
    region: Region,
) -> Boxes:
    """Return a random box per image that lies in one half of it, or anywhere."""
    height, width = size
    if region == "anywhere":
        return draw_boxes(numbers, size, scale, ratio)
    if region in ("left", "right"):
        boxes = draw_boxes(numbers, (height, width // 2), scale, ratio)
        shift = width - width // 2 if region == "right" else 0
        return replace(boxes, left=boxes.left + shift)
    boxes = draw_boxes(numbers, (height // 2, width), scale, ratio)
    shift = height - height // 2 if region == "lower" else 0
    return replace(boxes, top=boxes.top + shift)


def draw_holes(
    numbers: Tensor,
    size: tuple[int, int],
    scale: tuple[float, float],
    ratio: tuple[float, float],
) -> Boxes:
    """Return a random box smaller than the image; an empty one where ten tries gave none.

    The law is torchvision's RandomErasing  # numbers: (batch, NUMBERS)
    """
    heights, widths = _tries(numbers, size, scale, ratio)
    fits = (heights < size[0]) & (widths < size[1])
    boxes = _first(heights, widths, fits, numbers, size)
    zero = torch.zeros_like(boxes.top)
    return boxes.where(fits.any(dim=1), Boxes(zero, zero, zero, zero))


def _tries(
    numbers: Tensor,
    size: tuple[int, int],
    scale: tuple[float, float],
    ratio: tuple[float, float],
) -> tuple[Tensor, Tensor]:
    """Return heights and widths of every try  # each (batch, TRIES)."""
    area = between(numbers[:, :TRIES], *scale) * (size[0] * size[1])
    log_ratio = between(numbers[:, TRIES : 2 * TRIES], math.log(ratio[0]), math.log(ratio[1]))
    aspect = log_ratio.exp()
    return (area / aspect).sqrt_().round_(), (area * aspect).sqrt_().round_()


def _first(
    heights: Tensor, widths: Tensor, fits: Tensor, numbers: Tensor, size: tuple[int, int]
) -> Boxes:
    """Return each image's first try that fits, at a random place."""
    first = fits.to(torch.uint8).argmax(dim=1, keepdim=True)
    height = heights.gather(1, first).squeeze(1)
    width = widths.gather(1, first).squeeze(1)
    top = _position(numbers[:, -2], size[0] - height)
    left = _position(numbers[:, -1], size[1] - width)
    return Boxes(top, left, height, width)


def _position(numbers: Tensor, room: Tensor) -> Tensor:
    """Return one of the `room + 1` places, all equally likely."""
    return torch.minimum((numbers * (room + 1)).floor_(), room)


def _central(
    count: int, size: tuple[int, int], ratio: tuple[float, float], device: torch.device
) -> Boxes:
    height, width = size
    if width / height < ratio[0]:
        height = round(width / ratio[0])
    elif width / height > ratio[1]:
        width = round(height * ratio[1])
    boxes = whole_boxes(count, height, width, device)
    top = torch.full_like(boxes.top, (size[0] - height) // 2)
    left = torch.full_like(boxes.left, (size[1] - width) // 2)
    return Boxes(top, left, boxes.height, boxes.width)
