"""Images cut into square patches, and encoders that can look at some of them only."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch.nn.functional as F
from torch import Tensor


@runtime_checkable
class PatchEncoder(Protocol):
    """An encoder over patches, of which it may be given any subset."""

    patch: int
    """Side of a patch in pixels."""
    token_dim: int
    """Width of the tokens."""
    extra_tokens: int
    """Tokens before the patches' own: a class token, or none."""

    def tokens(self, images: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the extra tokens and one token for each kept patch, in the order of `kept`.

        `kept` holds the patches' numbers, row by row from the top left  # (batch, count); without
        it all patches are looked at.  # -> (batch, extra + count, token_dim)
        """
        ...

    def positions(self, height: int, width: int, dim: int) -> Tensor:
        """Return where each patch of such images lies, as a vector  # (patches, dim)."""
        ...


def grid_of(length: int, patch: int) -> int:
    """Return how many patches cover a side of this many pixels."""
    return -(-length // patch)


def patches_of(images: Tensor, patch: int) -> Tensor:
    """Return the patches, row by row from the top left, each pixel's channels side by side.

    Images whose side is no multiple of the patch's are enlarged by repeating their borders.
    # (batch, channels, height, width) -> (batch, patches, patch * patch * channels)
    """
    images = _covered(images, patch)
    batch, channels, height, width = images.shape
    rows, columns = height // patch, width // patch
    cut = images.reshape(batch, channels, rows, patch, columns, patch)
    return cut.permute(0, 2, 4, 3, 5, 1).reshape(batch, rows * columns, -1)


def image_of(patches: Tensor, patch: int, channels: int, size: tuple[int, int]) -> Tensor:
    """Return the images that these patches were cut from  # (batch, channels, height, width)."""
    rows, columns = (grid_of(length, patch) for length in size)
    cut = patches.reshape(len(patches), rows, columns, patch, patch, channels)
    whole = cut.permute(0, 5, 1, 3, 2, 4).reshape(len(patches), channels, rows * patch, -1)
    top, left = (rows * patch - size[0]) // 2, (columns * patch - size[1]) // 2
    return whole[..., top : top + size[0], left : left + size[1]]


def chosen(tokens: Tensor, numbers: Tensor) -> Tensor:
    """Return each image's tokens of its own numbers, in their order  # -> (batch, chosen, dim).

    Args:
        tokens: all tokens of each image  # (batch, tokens, dim)
        numbers: which of them  # (batch, chosen)
    """
    return tokens.gather(1, numbers.unsqueeze(2).expand(-1, -1, tokens.shape[2]))


def _covered(images: Tensor, patch: int) -> Tensor:
    missing = [grid_of(length, patch) * patch - length for length in images.shape[-2:]]
    if not any(missing):
        return images
    top, left = missing[0] // 2, missing[1] // 2
    return F.pad(images, (left, missing[1] - left, top, missing[0] - top), mode="replicate")
