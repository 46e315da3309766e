"""A run as its events tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sslstudio.domain.events import (
    AnchorLine,
    Event,
    Finished,
    GaugeCard,
    Measured,
    Saved,
    Shown,
    Started,
    State,
    Stepped,
    VerdictGiven,
    Warned,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """Where a run stands: the fold of its events, without the curves."""

    step: int = 0
    total_steps: int | None = None
    progress: float = 0.0
    seconds: float = 0.0
    verdict: State | None = None
    sentence: str = ""
    evidence: dict[str, float] = field(default_factory=dict)
    outcome: str = ""
    message: str = ""
    hint: str = ""
    readings: dict[str, float] = field(default_factory=dict)
    terms: dict[str, float] = field(default_factory=dict)
    checkpoints: tuple[int, ...] = ()
    anchors: tuple[AnchorLine, ...] = ()
    gauges: tuple[GaugeCard, ...] = ()
    shown: Shown | None = None
    warnings: tuple[str, ...] = ()


def fold(events: Iterable[Event], start: RunSummary | None = None) -> RunSummary:
    """Return where a run stands after these events."""
    summary = start or RunSummary()
    for event in events:
        summary = _after(summary, event)
    return summary


def _after(summary: RunSummary, event: Event) -> RunSummary:
    match event:
        case Started():
            return replace(
                summary,
                outcome="",
                total_steps=event.total_steps,
                anchors=event.anchors,
                gauges=event.gauges,
                checkpoints=tuple(step for step in summary.checkpoints if step <= event.step),
            )
        case Stepped():
            return replace(
                summary,
                step=event.step,
                progress=event.progress,
                seconds=event.seconds,
                terms=event.terms,
            )
        case Measured():
            return replace(summary, readings={**summary.readings, **event.readings})
        case VerdictGiven():
            return replace(
                summary,
                verdict=event.state,
                sentence=event.sentence,
                evidence=event.evidence,
            )
        case _:
            return _after_rare(summary, event)


def _after_rare(summary: RunSummary, event: Event) -> RunSummary:
    match event:
        case Saved():
            steps = (*(s for s in summary.checkpoints if s != event.step), event.step)
            return replace(summary, checkpoints=steps)
        case Shown():
            return replace(summary, shown=event)
        case Warned():
            return replace(summary, warnings=(*summary.warnings, event.message))
        case Finished():
            return replace(
                summary,
                step=event.step,
                outcome=event.outcome,
                seconds=event.seconds,
                message=event.message,
                hint=event.hint,
            )
        case _:
            return summary
