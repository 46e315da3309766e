"""Bringing a decoded picture to the working resolution in tensor code, as Pillow does to the bit.

Pillow resizes in two passes, columns then rows, with bicubic weights (a = -0.5) widened when
shrinking, rounded to 22 binary digits, and rounds to whole levels after each pass. The same
arithmetic in double precision is exact, so an exported encoder sees the very pixels that
training saw. This file imports torch alone, because exported encoders carry a copy of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FRACTION = float(1 << 22)
LUMA = (19595.0, 38470.0, 7471.0)
LUMA_UNIT = float(1 << 16)


def bicubic(distance: Tensor) -> Tensor:
    """Return the kernel's weight at each distance from its centre."""
    x = distance.abs()
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return torch.where(x < 1.0, near, torch.where(x < 2.0, far, torch.zeros_like(x)))


def resize_matrix(length: Tensor, columns: Tensor, start: Tensor, extent: Tensor) -> Tensor:
    """Return whole-number weights / 2**22 that resample `extent` columns from `start` on.

    `columns` holds 0, 1, ... of the input, `length` the output positions 0, 1, ...  All are
    float64; the result is  # (outputs, inputs).
    """
    scale = extent / length.shape[0]
    spread = torch.clamp(scale, min=1.0)
    centres = (start + (length + 0.5) * scale)[:, None]
    first = torch.clamp(torch.floor(centres - 2.0 * spread + 0.5), min=0.0)
    last = torch.floor(centres + 2.0 * spread + 0.5)
    inside = (columns[None, :] >= first) & (columns[None, :] < last)
    weights = bicubic((columns[None, :] - centres + 0.5) / spread)
    weights = torch.where(inside, weights, torch.zeros_like(weights))
    weights = weights / weights.sum(dim=1, keepdim=True)
    whole = torch.trunc(weights * FRACTION + torch.sign(weights) * 0.5)
    return whole / FRACTION


def to_levels(values: Tensor) -> Tensor:
    """Return values rounded to whole levels between 0 and 255."""
    return torch.clamp(torch.floor(values + 0.5), 0.0, 255.0)


class Preprocess(nn.Module):
    """Decoded pictures in, normalised images at the working resolution out."""

    mean: Tensor
    std: Tensor

    def __init__(
        self, size: int, fit: str, *, gray: bool, mean: list[float], std: list[float]
    ) -> None:
        super().__init__()
        self.size = size
        self.fit = fit
        self.gray = gray
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Return what the encoder sees.

        uint8 (batch, 3, height, width) -> float32 (batch, channels, size, size)
        """
        values = pictures.to(torch.float64)
        across = torch.arange(values.shape[3], device=values.device).to(torch.float64)
        down = torch.arange(values.shape[2], device=values.device).to(torch.float64)
        values = to_levels(values @ self._weights(across, down).transpose(0, 1))
        values = to_levels(self._weights(down, across) @ values)
        if self.gray:
            red, green, blue = values[:, 0:1], values[:, 1:2], values[:, 2:3]
            luma = red * LUMA[0] + green * LUMA[1] + blue * LUMA[2]
            values = torch.floor((luma + LUMA_UNIT / 2) / LUMA_UNIT)
        return (values.to(torch.float32) / 255.0 - self.mean) / self.std

    def _weights(self, along: Tensor, other: Tensor) -> Tensor:
        length, breadth = along[-1] + 1.0, other[-1] + 1.0
        outputs = torch.arange(self.size, device=along.device).to(torch.float64)
        if self.fit == "stretch":
            return resize_matrix(outputs, along, torch.zeros_like(length), length)
        if self.fit == "crop":
            side = torch.minimum(length, breadth)
            return resize_matrix(outputs, along, torch.floor((length - side) / 2.0), side)
        return self._padded(along, length, breadth, outputs)

    def _padded(self, along: Tensor, length: Tensor, breadth: Tensor, outputs: Tensor) -> Tensor:
        scale = self.size / torch.maximum(length, breadth)
        inner = torch.clamp(torch.round(length * scale), min=1.0)
        corner = torch.floor((self.size - inner) / 2.0)
        # Stretching the step size makes `size` outputs cover more than the picture; those
        # before and behind it are black.
        step = length / inner
        matrix = resize_matrix(outputs, along, -corner * step, step * self.size)
        within = (outputs >= corner) & (outputs < corner + inner)
        return torch.where(within[:, None], matrix, torch.zeros_like(matrix))
