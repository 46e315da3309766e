"""Changing only some images of a batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Rows = Tensor | slice
Change = Callable[[Tensor, Rows], Tensor]
"""Returns changed images that own their memory; may write into those it is given. The rows select
the parameters that belong to these images."""


def change_chosen(images: Tensor, chosen: Tensor, change: Change) -> Tensor:
    """Return `images`, overwritten where `chosen` is true  # chosen: (batch,) bool.

    On a CPU only the chosen images are computed. Elsewhere all are, and the unchosen results are
    dropped: finding the rows would make the host wait for the device, which costs more.
    """
    if images.device.type == "cpu":
        return change_rows(images, chosen, change)
    return change_masked(images, chosen, change)


def change_rows(images: Tensor, chosen: Tensor, change: Change) -> Tensor:
    """Return `images` with the chosen rows gathered, changed and written back."""
    rows = chosen.nonzero().flatten()
    if len(rows) == 0:
        return images
    if len(rows) == len(images):
        return change(images, slice(None))
    return images.index_copy_(0, rows, change(images.index_select(0, rows), rows))


def change_masked(images: Tensor, chosen: Tensor, change: Change) -> Tensor:
    """Return a tensor that takes changed images where chosen and the given ones elsewhere."""
    return torch.where(chosen.view(-1, 1, 1, 1), change(images.clone(), slice(None)), images)
