"""Curves as arrays: points that arrive one by one, smoothed, thinned and framed for a plot."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Distances between ticks that people read easily, within one power of ten."""


class Curve:
    """One named series of a run: (step, seconds, value), in arrays that double when full."""

    def __init__(self, capacity: int = 256) -> None:
        self._columns = np.empty((3, capacity))  # (step|seconds|value, capacity)
        self._smooth = np.empty(capacity)
        self._count = 0
        self._smoothed = 0
        self._weight = 0.0
        self._average = 0.0
        self._share = 0.0

    def __len__(self) -> int:
        return self._count

    @property
    def steps(self) -> Values:
        """Steps of the points, rising  # (points,)."""
        return self._columns[0, : self._count]

    @property
    def seconds(self) -> Values:
        """Training time of the points  # (points,)."""
        return self._columns[1, : self._count]

    @property
    def values(self) -> Values:
        """Values as they came, NaN included  # (points,)."""
        return self._columns[2, : self._count]

    @property
    def last(self) -> float:
        """The newest value; NaN while there is none."""
        return float(self._columns[2, self._count - 1]) if self._count else math.nan

    def append(self, step: float, seconds: float, value: float) -> None:
        """Add a point at the end."""
        if self._count == self._columns.shape[1]:
            self._columns = np.concatenate([self._columns, np.empty_like(self._columns)], axis=1)
            self._smooth = np.concatenate([self._smooth, np.empty_like(self._smooth)])
        self._columns[:, self._count] = step, seconds, value
        self._count += 1

    def cut_after(self, step: int) -> None:
        """Forget the points after `step`: a resumed run walks them again."""
        self._count = int(np.searchsorted(self.steps, step, side="right"))
        self._restart(self._weight)

    def smoothed(self, weight: float) -> Values:
        """Return the running mean that keeps `weight` of the past, unbiased at the start.

        A value that is not finite stays a gap and leaves the mean as it was. Only points that
        came since the last call with the same weight cost anything.
        """
        if weight != self._weight:
            self._restart(weight)
        for index in range(self._smoothed, self._count):
            self._smooth[index] = self._mean_with(float(self._columns[2, index]))
        self._smoothed = self._count
        return self._smooth[: self._count]

    def _restart(self, weight: float) -> None:
        self._weight, self._smoothed, self._average, self._share = weight, 0, 0.0, 0.0

    def _mean_with(self, value: float) -> float:
        if not math.isfinite(value):
            return math.nan
        self._average = self._weight * self._average + (1 - self._weight) * value
        self._share = self._weight * self._share + (1 - self._weight)
        return self._average / self._share


def thinned(x: Values, y: Values, buckets: int) -> tuple[Values, Values]:
    """Return at most two points a bucket, its lowest and highest, so that spikes survive."""
    if len(x) <= 2 * buckets:
        return x, y
    starts = np.linspace(0, len(x), buckets, endpoint=False).astype(np.intp)
    low = np.fmin.reduceat(y, starts)
    high = np.fmax.reduceat(y, starts)
    return np.repeat(x[starts], 2), np.stack([low, high], axis=1).ravel()


def nearest_index(axis: Values, x: float) -> int:
    """Return the place of the point next to `x` on a rising axis that has points."""
    after = int(np.searchsorted(axis, x))
    if after == 0:
        return 0
    if after == len(axis):
        return len(axis) - 1
    return after - 1 if x - axis[after - 1] <= axis[after] - x else after


def on_log_axis(values: Values) -> tuple[Values, int]:
    """Return log10 of the values, a gap where there is none, and how many were left out."""
    positive = values > 0
    logarithms = np.full(values.shape, np.nan)
    np.log10(values, out=logarithms, where=positive)
    return logarithms, int(np.count_nonzero(np.isfinite(values) & ~positive))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an axis."""

    low: float
    high: float

    @property
    def size(self) -> float:
        """How long the stretch is."""
        return self.high - self.low

    def with_value(self, value: float) -> Span:
        """Return the stretch that also holds `value`."""
        return Span(min(self.low, value), max(self.high, value))

    def holds(self, value: float) -> bool:
        """Return whether `value` lies on the stretch."""
        return self.low <= value <= self.high


def span_of(values: Values) -> Span | None:
    """Return where nearly all finite values lie; single spikes do not stretch it."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    if finite.size < 50:
        return Span(float(finite.min()), float(finite.max()))
    low, high = (float(end) for end in np.percentile(finite, (0.5, 99.5)))
    reach = 0.5 * (high - low)
    least, most = float(finite.min()), float(finite.max())
    return Span(least if least >= low - reach else low, most if most <= high + reach else high)


def joined(spans: list[Span]) -> Span | None:
    """Return the stretch over all of these; None if there are none."""
    if not spans:
        return None
    return Span(min(span.low for span in spans), max(span.high for span in spans))


def nice_distance(size: float, parts: int) -> float:
    """Return a readable distance that cuts `size` into about `parts` pieces."""
    if not size > 0 or not math.isfinite(size):
        return 1.0
    rough = size / max(1, parts)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in NICE if nice * power >= rough * (1 - 1e-9))


def framed(needed: Span, current: Span | None, parts: int = 6) -> Span:
    """Return the stretch an axis shows: whole ticks around what is needed, growing in steps.

    The present stretch stays while it holds what is needed and is not over four times too long,
    so that a plot stands still between its rare steps.
    """
    size = needed.size or abs(needed.high) or 1.0
    holds = current is not None and current.holds(needed.low) and current.holds(needed.high)
    if current and holds and current.size <= 4.0 * size:
        return current
    distance = nice_distance(size, parts)
    low = math.floor(needed.low / distance + 1e-9) * distance
    high = math.ceil(needed.high / distance - 1e-9) * distance
    return Span(low, high if high > low else low + distance)


def framed_ahead(end: float, current: Span | None, total: float | None = None) -> Span:
    """Return the stretch of an x axis from zero with room ahead, at most up to `total`."""
    if current and 0 < end <= current.high <= 4 * end:
        return current
    distance = nice_distance(max(end, 1e-9) * 1.25, 4)
    high = math.ceil(end * 1.1 / distance) * distance or distance
    return Span(0.0, min(high, total) if total and total >= end else high)


def ticks(span: Span, parts: int = 8) -> list[float]:
    """Return the readable values on a stretch."""
    distance = nice_distance(span.size, parts)
    first = math.ceil(span.low / distance - 1e-9)
    last = math.floor(span.high / distance + 1e-9)
    return [index * distance for index in range(first, last + 1)]


def log_ticks(span: Span) -> list[float]:
    """Return the exponents on a logarithmic stretch; 2 and 5 between them when it is short."""
    whole = range(math.floor(span.low), math.ceil(span.high) + 1)
    wanted = (1.0, 2.0, 5.0) if span.size < 3 else (1.0,)
    marks = [power + math.log10(factor) for power in whole for factor in wanted]
    return [mark for mark in marks if span.low - 1e-9 <= mark <= span.high + 1e-9]
