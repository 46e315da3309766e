"""Which images a step sees, and its randomness, as pure functions of the seed and the step."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def seeded(device: str | torch.device, *words: int | str) -> torch.Generator:
    """Return a generator whose state is determined by these words alone."""
    return torch.Generator(device=device).manual_seed(seed_of(*words))


def seed_of(*words: int | str) -> int:
    """Return a 63-bit seed determined by these words alone."""
    digest = hashlib.blake2b("/".join(map(str, words)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class Sampler:
    """Shuffles the training images anew each epoch and drops the incomplete last batch.

    Because an epoch's order depends only on (seed, epoch), a resumed run continues with exactly
    the images that the uninterrupted run would have seen.
    """

    def __init__(self, count: int, batch_size: int, seed: int) -> None:
        self.count = count
        self.batch_size = min(batch_size, count)
        self.seed = seed
        self.steps_per_epoch = count // self.batch_size
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)

    def epoch_of(self, step: int) -> int:
        """Return the epoch that a step belongs to."""
        return step // self.steps_per_epoch

    def starts_epoch(self, step: int) -> bool:
        """Return True for the first step of an epoch."""
        return step % self.steps_per_epoch == 0

    def indices(self, step: int) -> Tensor:
        """Return the positions among the training images that a step sees  # (batch,)."""
        epoch = self.epoch_of(step)
        if epoch != self._epoch:
            self._order = torch.randperm(
                self.count, generator=seeded("cpu", self.seed, "epoch", epoch)
            )
            self._epoch = epoch
        start = (step % self.steps_per_epoch) * self.batch_size
        return self._order[start : start + self.batch_size]
