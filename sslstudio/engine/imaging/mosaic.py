"""Whole images as mosaics: tiles in another order, blocks of one colour."""

from __future__ import annotations

import torch
from torch import Tensor


def shuffled_tiles(images: Tensor, order: Tensor) -> Tensor:
    """Return images whose tiles stand in another order.

    Pixels that are left over where the side is no multiple of the tiles stay in their place at
    the right and at the bottom.

    Args:
        images: float  # (batch, channels, height, width)
        order: which tile comes to each place, row by row  # (batch, side * side)
    """
    batch, channels, height, width = images.shape
    side = round(order.shape[1] ** 0.5)
    tall, wide = height // side, width // side
    covered = images[:, :, : side * tall, : side * wide]
    tiles = covered.reshape(batch, channels, side, tall, side, wide).permute(0, 2, 4, 1, 3, 5)
    flat = tiles.reshape(batch, side * side, channels * tall * wide)
    moved = flat.gather(1, order.unsqueeze(2).expand_as(flat))
    moved = moved.view(batch, side, side, channels, tall, wide).permute(0, 3, 1, 4, 2, 5)
    result = images.clone()
    result[:, :, : side * tall, : side * wide] = moved.reshape_as(covered)
    return result


def block_matrices(sizes: Tensor, length: int) -> Tensor:
    """Return matrices that average along an axis in blocks  # (batch,) -> (batch, length, length).

    Blocks of each image's size in pixels begin at the first pixel; a size between two whole
    numbers alternates between them.
    """
    places = torch.arange(length, device=sizes.device) + 0.5
    block = (places / sizes.unsqueeze(1)).floor()  # (batch, length)
    same = (block.unsqueeze(2) == block.unsqueeze(1)).to(torch.float32)
    return same / same.sum(dim=2, keepdim=True)
