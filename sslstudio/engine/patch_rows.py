"""Rows of overlapping patches, and what an encoder that sees images through them offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.parts import Encoder


@runtime_checkable
class PatchEncoder(Protocol):
    """An encoder whose vector is the mean over patches that it encodes one by one."""

    patch: int
    """Side of a patch in pixels; neighbours overlap by half."""

    def grid(self, images: Tensor, change: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Return the vector of every patch in its place  # (batch, dim, rows, columns).

        `change` is applied to the patches of a row before they are encoded
        # (batch, columns, channels, side, side), the same shape.
        """
        ...


def patch_encoder(encoder: Encoder) -> PatchEncoder:
    """Return the encoder as one over patches; RecipeError if it sees images as wholes."""
    if isinstance(encoder, PatchEncoder):
        return encoder
    raise RecipeError(
        "This objective compares the patches of an image, and this encoder sees it as a whole.",
        "Choose the encoder `patch-grid`.",
    )


def rows_of(length: int, side: int) -> int:
    """Return how many patches that overlap by half fit along a side of the view."""
    return max(0, (length - side) // (side // 2) + 1)


def row_of_patches(images: Tensor, side: int, row: int) -> Tensor:
    """Return the patches of a row  # (b, c, h, w) -> (b, columns, c, side, side)."""
    stride = side // 2
    # Slices and no `unfold`: exported graphs have them in every format.
    strip = images[:, :, row * stride : row * stride + side]
    columns = range(rows_of(images.shape[-1], side))
    return torch.stack([strip[..., c * stride : c * stride + side] for c in columns], dim=1)


def cut_patches(images: Tensor, side: int) -> Tensor:
    """Return square patches that overlap by half  # (b, c, h, w) -> (b, rows, columns, c, s, s)."""
    rows = range(rows_of(images.shape[-2], side))
    return torch.stack([row_of_patches(images, side, row) for row in rows], dim=1)
