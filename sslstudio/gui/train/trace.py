"""What the Train page shows of a run: its events folded into curves, marks and latest values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from sslstudio.domain.events import (
    AnchorLine,
    Edited,
    Event,
    Measured,
    Started,
    Stepped,
    VerdictGiven,
)
from sslstudio.domain.run import RunSummary, fold
from sslstudio.gui.train.curves import Curve
from sslstudio.gui.train.words import edit_label

VERDICT_WORDS = {
    "warming-up": "Warming up",
    "learning": "Learning",
    "stalled": "Stalled",
    "collapsed": "Collapsed",
    "diverged": "Diverged",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a step and stands as a small sign on the curve."""

    step: int
    kind: Literal["edit", "verdict", "resumed"]
    text: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class AnchorSpan:
    """An anchor with the steps between which it holds; `until` is None while it still does."""

    anchor: AnchorLine
    since: int = 0
    until: int | None = None


class RunTrace:
    """Curves of one run, grown by `fold`; everything else is in its `summary`."""

    def __init__(self) -> None:
        self.summary = RunSummary()
        self.terms: dict[str, Curve] = {}
        self.readings: dict[str, Curve] = {}
        self.spectra: dict[str, tuple[float, ...]] = {}
        self.learning_rate = Curve()
        self.speed = Curve()
        self.latest: Stepped | None = None
        self.views = 2
        self.parameters = 0
        self.marks: list[Mark] = []
        self.anchors: tuple[AnchorSpan, ...] = ()

    def fold(self, events: Iterable[Event]) -> None:
        """Take the events in."""
        pending: list[Event] = []
        for event in events:
            # The summary keeps only the newest Stepped, so one of a row is enough for it.
            if pending and isinstance(event, Stepped) and isinstance(pending[-1], Stepped):
                pending.pop()
            pending.append(event)
            self._take(event)
        self.summary = fold(pending, self.summary)

    def _take(self, event: Event) -> None:
        match event:
            case Stepped():
                self._stepped(event)
            case Measured():
                self._measured(event)
            case VerdictGiven():
                self._verdict(event)
            case Edited():
                text = edit_label(event.path, event.value)
                self.marks.append(Mark(event.step, "edit", text))
                self._move_anchors(event.step, event.anchors)
            case Started():
                self._started(event)
            case _:
                pass

    def _started(self, event: Started) -> None:
        self.views, self.parameters = event.views, event.parameters
        for curve in self._curves():
            curve.cut_after(event.step)
        self.marks = [mark for mark in self.marks if mark.step <= event.step]
        self.anchors = tuple(_as_at(event.step, self.anchors)) if event.resumed else ()
        self._move_anchors(event.step, event.anchors)
        if event.resumed:
            self.marks.append(Mark(event.step, "resumed", "Resumed"))

    def _move_anchors(self, step: int, anchors: tuple[AnchorLine, ...] | None) -> None:
        """Let the anchors from this step on be these; what no longer holds ends here."""
        if anchors is None:
            return
        new = [anchor for anchor in anchors if not self._holds(anchor)]
        kept = [
            span if span.until is not None or span.anchor in anchors else replace(span, until=step)
            for span in self.anchors
        ]
        self.anchors = (
            *(span for span in kept if span.until is None or span.until > span.since),
            *(AnchorSpan(anchor, step) for anchor in new),
        )

    def _holds(self, anchor: AnchorLine) -> bool:
        return any(span.anchor == anchor and span.until is None for span in self.anchors)

    def _stepped(self, event: Stepped) -> None:
        self.latest = event
        for name, value in event.terms.items():
            if name not in self.terms:
                self.terms[name] = Curve()
            self.terms[name].append(event.step, event.seconds, value)
        self.learning_rate.append(event.step, event.seconds, event.learning_rate)
        self.speed.append(event.step, event.seconds, event.images_per_second)

    def _measured(self, event: Measured) -> None:
        seconds = self.latest.seconds if self.latest else 0.0
        for name, value in event.readings.items():
            if name not in self.readings:
                self.readings[name] = Curve()
            self.readings[name].append(event.step, seconds, value)
        self.spectra.update(event.series)

    def _verdict(self, event: VerdictGiven) -> None:
        verdicts = [mark for mark in self.marks if mark.kind == "verdict"]
        changed = not verdicts or verdicts[-1].state != event.state
        if changed and event.state != "warming-up":
            word = VERDICT_WORDS[event.state]
            self.marks.append(Mark(event.step, "verdict", word, event.state))

    def _curves(self) -> list[Curve]:
        return [*self.terms.values(), *self.readings.values(), self.learning_rate, self.speed]


def _as_at(step: int, spans: Iterable[AnchorSpan]) -> Iterable[AnchorSpan]:
    """Yield the spans as they were at a step: what came or ended later has not yet."""
    for span in spans:
        if span.since <= step:
            yield span if span.until is None or span.until <= step else replace(span, until=None)
