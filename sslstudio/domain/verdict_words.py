"""A verdict in words: one sentence with its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sslstudio.domain.collapse import LIMITS, Form, Readings
from sslstudio.domain.events import State

KNN_NOISE = 0.01
"""Smaller changes of kNN are not called changes: 1,000 images have a standard error of .015."""
LOSS_NOISE = 0.02
"""A loss that moved by less than 2 % holds: a reading is the mean of a few steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value at a step."""

    step: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a number came from and where it is."""

    before: Point
    now: Point

    def word(self, noise: float) -> str:
        """Return `rose`, `fell` or `holds`."""
        change = self.now.value - self.before.value
        if abs(change) < noise:
            return "holds"
        return "rose" if change > 0 else "fell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a verdict is about."""

    step: int
    state: State
    form: Form
    now: Readings
    untrained: Readings
    loss: Course | None
    knn: Course | None
    first_loss: float | None


def key_and_sentence(situation: Situation) -> tuple[str, str]:
    """Return the verdict without its numbers, to tell news from repetition, and with them."""
    match situation.state:
        case "warming-up":
            return "warming-up", "Too early to judge: readings settle within the first steps."
        case "diverged":
            return "diverged", _diverged(situation)
        case "collapsed":
            return f"collapsed {situation.form}", _collapsed(situation)
        case "stalled":
            return "stalled", _stalled(situation)
        case "learning":
            return _learning(situation)


def _diverged(situation: Situation) -> str:
    loss = situation.loss
    if loss is None or situation.first_loss is None or not _exceeds(loss, situation.first_loss):
        return "Loss or embeddings are not numbers any more."
    return f"The loss exploded from {plain(situation.first_loss)} to {plain(loss.now.value)}."


def _exceeds(loss: Course, first: float) -> bool:
    return abs(loss.now.value) > max(1.0, abs(first))


def _collapsed(situation: Situation) -> str:
    now = situation.now
    spread, rank = plain(now.spread), plain(now.rank)
    if situation.form == "complete":
        return (
            f"Every image gets nearly the same embedding: spread {spread}, effective rank {rank}."
        )
    if situation.form == "projected":
        return (
            f"Projections of all images lie together (spread {plain(now.spread_z)}): the loss "
            f"has nothing left to teach; the embeddings keep a spread of {spread} and rank {rank}."
        )
    began = situation.untrained.rank
    against = "" if began is None else f", untrained along {began:.0f}"
    return (
        f"Embeddings differ along {directions(now.rank)} only{against}; spread {spread}, "
        f"of the projections {plain(now.spread_z)}."
    )


def _stalled(situation: Situation) -> str:
    loss = situation.loss
    where = "" if loss is None else f" at {plain(loss.now.value)}"
    knn = situation.knn
    beside = "" if knn is None else f", and kNN is where the untrained network was ({_of(knn)})"
    return f"The loss stays{where}, where it began{beside}."


def _learning(situation: Situation) -> tuple[str, str]:
    health_key, health = _health(situation.now)
    trend_key, trend = _trend(situation)
    parts = [part for part in (health, trend) if part]
    sentence = "; ".join(parts) or "The loss is a number and moves"
    return f"learning {health_key} {trend_key}", sentence[:1].upper() + sentence[1:] + "."


def _health(now: Readings) -> tuple[str, str]:
    low: list[str] = []
    if now.spread is not None and now.spread < LIMITS.healthy_spread:
        low.append(f"spread is low ({plain(now.spread)})")
    if now.rank_share is not None and now.rank_share < LIMITS.healthy_rank_share:
        low.append(f"rank is low ({directions(now.rank)})")
    if low:
        return "low" * len(low), " and ".join(low)
    known = [n for n, v in (("spread", now.spread), ("rank", now.rank_share)) if v is not None]
    if not known:
        return "", ""
    return "healthy", f"{' and '.join(known)} {'are' if len(known) > 1 else 'is'} healthy"


def _trend(situation: Situation) -> tuple[str, str]:
    knn, loss = situation.knn, situation.loss
    if knn is not None and knn.before.step < knn.now.step:
        return _moved("kNN", knn, KNN_NOISE, situation.step)
    if loss is not None and loss.before.step < loss.now.step:
        return _moved("the loss", loss, LOSS_NOISE * _size(loss), situation.step)
    return "", ""


def _moved(name: str, course: Course, noise: float, step: int) -> tuple[str, str]:
    word = course.word(noise)
    key = f"{name} {word}"
    if word == "holds":
        return key, f"{name} holds at {_of(course)}"
    change = plain(abs(course.now.value - course.before.value))
    before, now = course.before.step, course.now.step
    if now < step:
        return key, f"{name} {word} {change} from step {before:,} to {now:,}"
    return key, f"{name} {word} {change} in the last {now - before:,} steps"


def _size(course: Course) -> float:
    return max(abs(course.before.value), abs(course.now.value))


def _of(course: Course) -> str:
    return plain(course.now.value)


def plain(value: float | None) -> str:
    """Return a number as a person says it: .52, .0042, 3.81, 18.7, 4,310; true minus sign."""
    if value is None:
        return "unknown"
    if not math.isfinite(value):
        return "not a number"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    if 0 < size < 0.01:
        digits = 1 - math.floor(math.log10(size))
    text = f"{size:,.{digits}f}"
    text = text[1:] if text.startswith("0.") else text
    return f"\u2212{text}" if value < 0 else text


def directions(rank: float | None) -> str:
    """Return an effective rank in words."""
    if rank is None:
        return "an unknown number of directions"
    count = round(rank)
    return f"about {count:,} direction{'' if count == 1 else 's'}"
