"""What the runs of one sweep came to, as points to draw; no Qt here."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

MEASURES: Mapping[str, tuple[str, bool]] = {
    "knn": ("kNN on validation", True),
    "mutual_information": ("I(v1; v2), nats", False),
    "rank": ("Effective rank", False),
}
"""Readings that may be drawn, the most telling first: title, and whether it is a share."""
SHOWN = 2
FAR = 20.0
"""Values whose largest is this many times the smallest stand at equal ratios."""


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """A run of a sweep: the value it was trained at and its last readings."""

    run_id: str
    value: float | None
    """None where the value is no number."""
    words: str
    readings: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SweepCourse:
    """The runs of one sweep, in order."""

    sweep: str
    label: str
    """What was varied."""
    points: tuple[SweepPoint, ...]

    def only(self, run_ids: Collection[str]) -> SweepCourse:
        """Return the course of these runs."""
        kept = tuple(point for point in self.points if point.run_id in run_ids)
        return replace(self, points=kept)


@dataclass(frozen=True, slots=True)
class Dot:
    """A run's place in a plot, and what it was trained at."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Dots joined in the order of the sweep."""

    title: str
    across: str
    """What the horizontal axis is."""
    dots: tuple[Dot, ...]
    in_percent: bool = False
    by_value: bool = True
    """True if the horizontal axis holds the values themselves and is labelled with them."""

    def spoken(self) -> str:
        """Return the plot as a sentence."""
        found = ", ".join(
            f"{dot.words}: {shown(dot.y, in_percent=self.in_percent)}" for dot in self.dots
        )
        return f"{self.title} by {self.across}: {found}"


def plots_of(course: SweepCourse) -> tuple[Plot, ...]:
    """Return a plot for each of the two most telling readings, and one of both together."""
    course = _finite(course)
    kept = [name for name in MEASURES if sum(name in p.readings for p in course.points) > 1]
    drawn = kept[:SHOWN]
    single = [_by_value(course, name) for name in drawn]
    if len(drawn) < SHOWN:
        return tuple(single)
    first, second = drawn
    dots = [
        Dot(point.readings[second], point.readings[first], point.words)
        for point in course.points
        if first in point.readings and second in point.readings
    ]
    title, in_percent = MEASURES[first]
    both = Plot(title, MEASURES[second][0], tuple(dots), in_percent, by_value=False)
    return (*single, both)


def shown(value: float, *, in_percent: bool) -> str:
    """Return a reading as text."""
    return f"{100 * value:.1f} %" if in_percent else f"{value:.2f}".replace("-", "\u2212")


def _finite(course: SweepCourse) -> SweepCourse:
    """Return the course without readings that are no numbers: a run that diverged has some."""
    points = tuple(
        replace(
            point,
            readings={
                name: value for name, value in point.readings.items() if math.isfinite(value)
            },
        )
        for point in course.points
    )
    return replace(course, points=points)


def _by_value(course: SweepCourse, name: str) -> Plot:
    places = _places(course)
    dots = [
        Dot(place, point.readings[name], point.words)
        for place, point in zip(places, course.points, strict=True)
        if name in point.readings
    ]
    title, in_percent = MEASURES[name]
    return Plot(title, course.label, tuple(dots), in_percent)


def _places(course: SweepCourse) -> list[float]:
    """Return where the runs stand along the axis: at their values, or at equal distances."""
    values = [point.value for point in course.points if point.value is not None]
    if len(values) < len(course.points) or len(set(values)) < len(values):
        return [float(place) for place in range(len(course.points))]
    if min(values) > 0 and max(values) >= FAR * min(values):
        return [math.log(value) for value in values]
    return values
