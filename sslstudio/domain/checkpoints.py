"""Which checkpoints of a run there are, which one is best, and which may go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

LAST_KEPT: Final = 3
"""The newest ones, in case the very last cannot be read."""
PARTS_KEPT: Final = 10
"""The first checkpoint in each such part of the budget stays, to look back at."""
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A saved state of a run."""

    step: int
    progress: float
    """Share of the budget that was used, 0 to 1."""
    knn: float | None = None
    """Its accuracy on the validation part; None if it was not measured at this step."""

    @property
    def part(self) -> int:
        """Which part of the budget it belongs to, from 0."""
        return int(self.progress * PARTS_KEPT + ROUNDING)


def best_of(checkpoints: Sequence[Checkpoint]) -> Checkpoint | None:
    """Return the one with the best validation kNN, the newest of equals; None without any."""
    measured = [(c.knn, c.step, c) for c in checkpoints if c.knn is not None]
    return max(measured, key=lambda known: known[:2])[2] if measured else None


def superfluous(checkpoints: Sequence[Checkpoint], wanted: Collection[int]) -> tuple[int, ...]:
    """Return the steps whose checkpoints may be deleted; `checkpoints` rise by step.

    What stays: the first in each tenth of the budget, the last three, the best by validation
    kNN, and every `wanted` one.
    """
    stay = {checkpoint.step for checkpoint in checkpoints[-LAST_KEPT:]} | set(wanted)
    best = best_of(checkpoints)
    if best is not None:
        stay.add(best.step)
    part = 0
    for checkpoint in checkpoints:
        if checkpoint.part > part:
            part = checkpoint.part
            stay.add(checkpoint.step)
    return tuple(checkpoint.step for checkpoint in checkpoints if checkpoint.step not in stay)
