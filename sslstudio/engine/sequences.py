"""Frames of videos and numbered images: which training images stand near another in time."""

from __future__ import annotations

import torch
from torch import Tensor

LARGEST_REACH = 1000
"""Frames; keys of two sequences are further apart than that."""


class Sequences:
    """The order of images within their sequences, and random draws of a neighbour."""

    def __init__(self, sequence: Tensor, frame: Tensor, train: Tensor) -> None:
        """Take each image's sequence (-1 for none) and place in it, and the training rows.

        All are int64; `sequence` and `frame` have one number for each image.
        """
        spread = int(frame.max()) + LARGEST_REACH + 1
        self._known = sequence >= 0
        self._keys = sequence * spread + frame  # (images,)
        members = train[self._known[train]]
        order = self._keys[members].argsort(stable=True)
        self._members = members[order]
        self._sorted = self._keys[self._members]

    @property
    def count(self) -> int:
        """Number of training images that belong to a sequence."""
        return len(self._members)

    def near(self, rows: Tensor, reach: int, generator: torch.Generator) -> Tensor:
        """Return for each row another training image of its sequence, at most `reach` frames away.

        All within reach are equally likely; an image without such a neighbour stands for itself.
        One number is drawn for each row, so the draw depends on the generator's state alone.
        """
        drawn = torch.rand(len(rows), generator=generator)
        if not self.count:
            return rows
        keys = self._keys[rows]
        low = torch.searchsorted(self._sorted, keys - reach)
        high = torch.searchsorted(self._sorted, keys + reach, right=True)
        place = torch.searchsorted(self._sorted, keys)
        last = self.count - 1
        is_member = self._members[place.clamp_max(last)] == rows
        others = high - low - is_member.long()
        chosen = low + torch.minimum((drawn * others).long(), others - 1)
        chosen += (is_member & (chosen >= place)).long()  # passes over the image itself
        found = self._members[chosen.clamp(0, last)]
        return torch.where(self._known[rows] & (others > 0), found, rows)
