"""Random crop boxes: a share of the area and an aspect ratio (Szegedy et al. 2015, section 6).

The law is torchvision's RandomResizedCrop, drawn for a whole batch at once: up to ten tries to
find a box that fits, then the largest central box of an allowed aspect ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sslstudio.engine.imaging.operation import between

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
    area = between(numbers[:, :TRIES], *scale) * (height * width)
    log_ratio = between(numbers[:, TRIES : 2 * TRIES], math.log(ratio[0]), math.log(ratio[1]))
    aspect = log_ratio.exp()
    heights = (area / aspect).sqrt_().round_()  # (batch, TRIES)
    widths = (area * aspect).sqrt_().round_()
    fits = (heights > 0) & (heights <= height) & (widths > 0) & (widths <= width)
    first = fits.to(torch.uint8).argmax(dim=1, keepdim=True)
    box_height = heights.gather(1, first).squeeze(1)
    box_width = widths.gather(1, first).squeeze(1)
    top = _position(numbers[:, -2], height - box_height)
    left = _position(numbers[:, -1], width - box_width)
    fallback = _central(len(numbers), size, ratio, numbers.device)
    return Boxes(top, left, box_height, box_width).where(fits.any(dim=1), fallback)


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
