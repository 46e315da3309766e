"""Where a transformer looks: its last block's attention as pictures over the image."""

from __future__ import annotations

import math
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

SHOWN_HEADS: Final = 3
OCTAVES: Final = 3.0
"""A patch that is looked at 2 ** 3 times as much as an average one is brightest."""
STRENGTH: Final = 0.7
"""Share of the colour; the rest is the image in grey."""
COLOURS: Final = (
    (0.267, 0.005, 0.329),
    (0.230, 0.322, 0.546),
    (0.128, 0.567, 0.551),
    (0.369, 0.789, 0.383),
    (0.993, 0.906, 0.144),
)
"""Viridis at its quarters."""


def looked_at(weights: Tensor, extra_tokens: int) -> Tensor | None:
    """Return how much is looked at each patch, 1 being as much as at an average patch.

    The class token's look if there is one, else the mean over the patches' looks; None if the
    patches form no square.

    Args:
        weights: the last block's attention  # (batch, heads, tokens, tokens)
        extra_tokens: tokens before the patches, the class token first

    Returns:
        A map for each head, whose mean is 1  # (batch, heads, side, side)
    """
    looks = weights[:, :, 0] if extra_tokens else weights.mean(dim=2)
    patches = looks[:, :, extra_tokens:].float()
    side = math.isqrt(patches.shape[2])
    if side == 0 or side * side != patches.shape[2]:
        return None
    relative = patches / patches.mean(dim=2, keepdim=True).clamp_min(1e-12)
    return relative.view(*relative.shape[:2], side, side)


def attention_pictures(images: Tensor, maps: Tensor) -> dict[str, Tensor]:
    """Return the images, and over them what all heads and the first ones look at, by caption.

    Args:
        images: in [0, 1]  # (batch, channels, height, width)
        maps: from `looked_at`  # (batch, heads, side, side)

    Returns:
        Pictures in [0, 1]  # each (batch, channels or 3, height, width)
    """
    heads = maps.shape[1]
    rows = {"Image": images}
    if heads > 1:
        rows[f"Looked at by all {heads} heads"] = _over(images, maps.mean(dim=1))
    for head in range(min(heads, SHOWN_HEADS)):
        rows[f"Looked at by head {head + 1}"] = _over(images, maps[:, head])
    return rows


def _over(images: Tensor, relative: Tensor) -> Tensor:
    """Return grey images tinted by how much they are looked at  # -> (batch, 3, height, width)."""
    size = list(images.shape[-2:])
    octaves = relative.clamp_min(2.0**-OCTAVES).log2().unsqueeze(1)
    large = F.interpolate(octaves, size, mode="bilinear", align_corners=False)
    level = (large / (2.0 * OCTAVES) + 0.5).clamp(0.0, 1.0)  # (batch, 1, height, width)
    grey = images.mean(dim=1, keepdim=True)
    return torch.lerp(grey.expand(-1, 3, -1, -1), _coloured(level), STRENGTH)


def _coloured(level: Tensor) -> Tensor:
    """Return viridis at levels in [0, 1]  # (batch, 1, h, w) -> (batch, 3, h, w)."""
    stops = torch.tensor(COLOURS, device=level.device)
    place = level[:, 0] * (len(COLOURS) - 1)
    below = place.floor().clamp_max(len(COLOURS) - 2)
    first = stops[below.long()]
    second = stops[below.long() + 1]
    mixed = torch.lerp(first, second, (place - below).unsqueeze(-1))
    return mixed.permute(0, 3, 1, 2)
