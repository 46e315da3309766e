"""The learning rate as a pure function of progress."""

from __future__ import annotations

import math

from sslstudio.domain.recipe import Schedule


def rate_factor(schedule: Schedule, progress: float) -> float:
    """Return the share of the peak rate at `progress` in [0, 1]; zero at 1 unless constant."""
    progress = min(1.0, max(0.0, progress))
    if schedule.warmup > 0 and progress < schedule.warmup:
        return progress / schedule.warmup
    if schedule.kind == "constant":
        return 1.0
    rest = (progress - schedule.warmup) / (1.0 - schedule.warmup)
    if schedule.kind == "one-cycle":
        return 1.0 - rest
    return 0.5 * (1.0 + math.cos(math.pi * rest))


def cosine_between(start: float, end: float, progress: float) -> float:
    """Return a value that moves from start to end along a half wave (teacher momentum)."""
    progress = min(1.0, max(0.0, progress))
    return end - (end - start) * 0.5 * (1.0 + math.cos(math.pi * progress))
