"""What a run's log tells a report: its curves, its readings and what happened when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sslstudio.domain.events import (
    AnchorLine,
    Edited,
    Event,
    Finished,
    GaugeCard,
    Measured,
    Started,
    Stepped,
    VerdictGiven,
    Warned,
)
from sslstudio.services.runs.report_chart import Chart, spoken

Series = list[tuple[int, float]]


@dataclass(slots=True)
class Course:
    """Series of terms and readings by name, and sentences with their step."""

    terms: dict[str, Series] = field(default_factory=dict)
    readings: dict[str, Series] = field(default_factory=dict)
    happened: list[tuple[int, str]] = field(default_factory=list)
    anchors: tuple[AnchorLine, ...] = ()
    gauges: tuple[GaugeCard, ...] = ()
    _verdict: str = ""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Course:
        """Return what these events tell."""
        course = cls()
        for event in events:
            course._take(event)
        return course

    def charts(self) -> list[Chart]:
        """Return a chart for each term of the loss, then for each reading."""
        terms = [
            Chart(
                name=_capital(name),
                points=tuple(series),
                anchors=tuple((a.label, a.value) for a in self.anchors if a.term == name),
            )
            for name, series in self.terms.items()
        ]
        readings = [
            Chart(name=gauge.label, points=tuple(series), note=gauge.how_to_read)
            for gauge in self.gauges
            if (series := self.readings.get(gauge.name))
        ]
        return [*terms, *readings]

    def table(self) -> list[tuple[str, str, str, str, str]]:
        """Return name, untrained value, last value, healthy band and meaning of each reading."""
        return [
            (
                gauge.label,
                spoken(series[0][1]) if series[0][0] == 0 else "",
                spoken(series[-1][1]),
                _band(gauge),
                gauge.how_to_read,
            )
            for gauge in self.gauges
            if (series := self.readings.get(gauge.name))
        ]

    def _take(self, event: Event) -> None:
        match event:
            case Started():
                self._started(event)
            case Stepped():
                for name, value in event.terms.items():
                    self.terms.setdefault(name, []).append((event.step, value))
            case Measured():
                for name, value in event.readings.items():
                    self.readings.setdefault(name, []).append((event.step, value))
            case _:
                self._note(event)

    def _started(self, event: Started) -> None:
        """Forget what a run walks again after it was interrupted."""
        self.gauges, self.anchors = event.gauges, event.anchors
        for series in (*self.terms.values(), *self.readings.values()):
            series[:] = [point for point in series if point[0] <= event.step]
        if event.resumed:
            self.happened.append((event.step, "Training went on from here."))

    def _note(self, event: Event) -> None:
        match event:
            case Edited():
                value = spoken(event.value) if isinstance(event.value, float) else str(event.value)
                self.happened.append((event.step, f"{event.path} was set to {value}."))
                self.anchors = self.anchors if event.anchors is None else event.anchors
            case Warned():
                self.happened.append((event.step, f"{event.message} {event.hint}".strip()))
            case VerdictGiven() if event.state != self._verdict:
                self._verdict = event.state
                words = f"{_capital(event.state.replace('-', ' '))}: {event.sentence}"
                self.happened.append((event.step, words))
            case Finished() if event.message:
                self.happened.append((event.step, f"{event.message} {event.hint}".strip()))
            case _:
                pass


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _band(gauge: GaugeCard) -> str:
    if gauge.healthy is None:
        return ""
    low, high = gauge.healthy
    return f"{spoken(low)} to {spoken(high)}"
