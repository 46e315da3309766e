"""Generated pictures with edges, gradients, flat areas and full colour, for tests."""

from __future__ import annotations

import torch
from torch import Tensor


def pictures(count: int, size: int | tuple[int, int] = 32, channels: int = 3) -> Tensor:
    """Return different pictures in [0, 1]  # (count, channels, height, width)."""
    height, width = (size, size) if isinstance(size, int) else size
    generator = torch.Generator().manual_seed(17)
    y = torch.linspace(0, 1, height).view(1, 1, -1, 1)
    x = torch.linspace(0, 1, width).view(1, 1, 1, -1)

    def per_picture(*, coloured: bool = False) -> Tensor:
        return torch.rand(count, channels if coloured else 1, 1, 1, generator=generator)

    angle = per_picture(coloured=True) * 6.28
    gradient = 0.5 + 0.5 * torch.sin(3 * (x * angle.cos() + y * angle.sin()) + 6 * per_picture())
    distance = (x - per_picture()).square() + (y - per_picture()).square()
    disc = (distance < 0.02 + 0.1 * per_picture()).float()
    grain = 0.1 * torch.rand(count, channels, height, width, generator=generator)
    picture = gradient * (1 - disc) + per_picture(coloured=True) * disc + grain
    corner = max(2, height // 8)
    picture[:, :, :corner, :corner] = 0.5  # grey and flat: no hue, no chroma
    picture[:, :, -corner:, :corner] = 1.0
    picture[:, :, -corner:, -corner:] = 0.0
    return picture.clamp_(0, 1)


def as_bytes(images: Tensor) -> Tensor:
    """Return images in [0, 1] rounded to bytes."""
    return (images * 255).round().to(torch.uint8)
