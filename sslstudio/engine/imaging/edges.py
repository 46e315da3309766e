"""Edges by Sobel's filters (Sobel & Feldman 1968, as in Duda & Hart 1973, page 271)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def slopes(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return how fast values rise to the right and downwards  # each of the images' shape.

    1 is a step from black to white. Beyond the border the outermost pixels go on.
    """
    wide = F.pad(images, (1, 1, 1, 1), mode="replicate")
    rows = wide[:, :, :-2] + 2.0 * wide[:, :, 1:-1] + wide[:, :, 2:]
    columns = wide[..., :-2] + 2.0 * wide[..., 1:-1] + wide[..., 2:]
    right = (rows[..., 2:] - rows[..., :-2]).div_(4.0)
    down = (columns[:, :, 2:] - columns[:, :, :-2]).div_(4.0)
    return right, down


def edge_strength(images: Tensor) -> Tensor:
    """Return the length of the slope, cut off at 1."""
    right, down = slopes(images)
    return torch.hypot(right, down).clamp_max_(1.0)
