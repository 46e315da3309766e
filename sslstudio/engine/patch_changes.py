"""Changes of single patches, so that patches of one image cannot be matched by their colours."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class PatchChange(NamedTuple):
    """How patches change in training, each by itself: channels are dropped, tints are shifted."""

    drop_colours: float
    """Share of the patches that keep one channel; the others get their mean, which is 0."""
    tint: float
    """By how much a channel's contrast and level change at most, in units of its deviation."""

    def numbers(self, patches: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return uniform numbers in [0, 1) for these patches  # (..., 1 + 2 channels)."""
        shape = (*patches.shape[:-3], 1 + 2 * patches.shape[-3])
        if generator is None:
            return torch.rand(shape, device=patches.device)
        return torch.rand(shape, generator=generator).to(patches.device)

    def changed(self, patches: Tensor, numbers: Tensor) -> Tensor:
        """Return the patches as these numbers change them  # (..., channels, side, side).

        A number below the share drops, and which channel is kept depends on how far below.
        """
        channels = patches.shape[-3]
        if self.tint > 0.0:
            gain, level = (2.0 * numbers[..., 1:] - 1.0).mul(self.tint).chunk(2, dim=-1)
            patches = patches * (1.0 + gain)[..., None, None] + level[..., None, None]
        if self.drop_colours > 0.0 and channels > 1:
            place = numbers[..., 0] / self.drop_colours
            kept = (place * channels).long().clamp_max(channels - 1)
            stays = F.one_hot(kept, channels).bool() | (place >= 1.0)[..., None]
            patches = patches.where(stays[..., None, None], 0.0)
        return patches
