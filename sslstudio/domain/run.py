"""A run as its events tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sslstudio.domain.checkpoints import Checkpoint, best_of
from sslstudio.domain.events import (
    AnchorLine,
    Dropped,
    Edited,
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
    saved: tuple[Checkpoint, ...] = ()
    """Its checkpoints, rising by step."""
    knn_step: int | None = None
    """The step at which kNN was last measured."""
    edits: tuple[Edited, ...] = ()
    """Changes of the recipe while it trained, the oldest first."""
    anchors: tuple[AnchorLine, ...] = ()
    gauges: tuple[GaugeCard, ...] = ()
    shown: Shown | None = None
    warnings: tuple[str, ...] = ()

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """The steps of the checkpoints, rising."""
        return tuple(checkpoint.step for checkpoint in self.saved)

    @property
    def live_values(self) -> dict[str, Any]:
        """The values that differ from the recipe, by path."""
        return {edit.path: edit.value for edit in self.edits}

    @property
    def branchable(self) -> tuple[int, ...]:
        """The steps of the checkpoints after which something is left to train."""
        return tuple(checkpoint.step for checkpoint in self.saved if checkpoint.progress < 1.0)

    @property
    def best(self) -> Checkpoint | None:
        """The checkpoint with the best validation kNN; None if it was never measured."""
        return best_of(self.saved)


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
                saved=tuple(saved for saved in summary.saved if saved.step <= event.step),
                edits=tuple(edit for edit in summary.edits if edit.step <= event.step),
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
            known = {**summary.readings, **event.readings}
            knn_step = event.step if "knn" in event.readings else summary.knn_step
            return replace(summary, readings=known, knn_step=knn_step)
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
        case Saved() | Dropped():
            return replace(summary, saved=_checkpoints(summary, event))
        case Edited():
            anchors = summary.anchors if event.anchors is None else event.anchors
            return replace(summary, edits=(*summary.edits, event), anchors=anchors)
        case Shown():
            return replace(summary, shown=event)
        case Warned():
            return replace(summary, warnings=(*summary.warnings, event.message))
        case Finished():
            return replace(
                summary,
                step=event.step,
                outcome=event.outcome,
                # Where the budget is time, the last step's event stands before the budget's end.
                progress=1.0 if event.outcome == "done" else summary.progress,
                seconds=event.seconds or summary.seconds,
                message=event.message,
                hint=event.hint,
            )
        case _:
            return summary


def _checkpoints(summary: RunSummary, event: Saved | Dropped) -> tuple[Checkpoint, ...]:
    if isinstance(event, Dropped):
        return tuple(saved for saved in summary.saved if saved.step not in event.steps)
    new = Checkpoint(
        step=event.step,
        progress=summary.progress if event.progress is None else event.progress,
        knn=summary.readings["knn"] if summary.knn_step == event.step else None,
    )
    return (*(saved for saved in summary.saved if saved.step < event.step), new)
