"""The training loop: a generator of events, read from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import torch
from torch import Tensor

from sslstudio.domain.events import (
    AnchorLine,
    Edited,
    Event,
    Finished,
    GaugeCard,
    Measured,
    Outcome,
    Saved,
    Shown,
    Started,
    Stepped,
)
from sslstudio.engine.checkpoint import flatten
from sslstudio.engine.optimise import require_finite
from sslstudio.engine.plan import Control, Keep
from sslstudio.engine.rhythm import Rhythm
from sslstudio.engine.session import Session


def train(session: Session, keep: Keep, control: Control) -> Iterator[Event]:
    """Yield what happens until the budget is used or `control` says stop.

    Whoever iterates is in charge: nothing happens between two events without being asked for.
    Raises TrainingError if the loss stops being a number or memory runs out.
    """
    rhythm = Rhythm(session.watch, session.progress)
    resumed = session.step > 0
    session.parts.objective.train()
    yield _started(session, resumed=resumed)
    if not resumed:
        session.prepare()
        yield from _measure(session, rhythm, with_bank=True)
        yield from _show(session, keep, rhythm)
    # Only now: a short budget of minutes must not be used up by looking at untrained weights.
    session.watch.start()
    stopped = False
    recent: list[dict[str, Tensor]] = []
    while session.progress < 1.0 and not stopped:
        with session.watch.paused():
            stopped, edits = control.poll()
        for edit in edits:
            session.apply(edit)
            anchors = _anchors(session)
            yield Edited(step=session.step, path=edit.path, value=edit.value, anchors=anchors)
        if stopped:
            break
        recent.append(session.advance())
        if rhythm.log_is_due() or session.progress >= 1.0:
            yield _stepped(session, rhythm, recent)
            recent = []
        yield from _look(session, keep, rhythm)
    yield from _end(session, keep, rhythm, outcome="stopped" if stopped else "done")


def _look(session: Session, keep: Keep, rhythm: Rhythm) -> Iterator[Event]:
    if session.progress >= 1.0:
        return
    if rhythm.measurement_is_due(session.step):
        yield from _measure(session, rhythm, with_bank=rhythm.bank_is_due(session.progress))
    if rhythm.pictures_are_due():
        yield from _show(session, keep, rhythm)
    # The best encoder so far is worth a checkpoint of its own, but not one after each measurement.
    best_is_due = session.is_best and rhythm.best_is_due(session.progress)
    if best_is_due or rhythm.checkpoint_is_due(session.progress):
        yield _save(session, keep, rhythm)


def _end(session: Session, keep: Keep, rhythm: Rhythm, *, outcome: Outcome) -> Iterator[Event]:
    yield from _measure(session, rhythm, with_bank=True)
    yield from _show(session, keep, rhythm)
    yield _save(session, keep, rhythm)
    yield Finished(step=session.step, outcome=outcome, seconds=session.watch.seconds)


def _started(session: Session, *, resumed: bool) -> Started:
    plan, parts = session.plan, session.parts
    return Started(
        step=session.step,
        total_steps=session.total_steps,
        budget_unit=plan.budget.unit,
        budget_amount=plan.budget.amount,
        views=sum(source.copies for source in parts.views),
        batch_size=session.sampler.batch_size,
        parameters=sum(p.numel() for p in parts.objective.parameters() if p.requires_grad),
        anchors=_anchors(session),
        gauges=tuple(
            GaugeCard(**asdict(gauge)) for monitor in parts.monitors for gauge in monitor.gauges
        ),
        resumed=resumed,
    )


def _anchors(session: Session) -> tuple[AnchorLine, ...]:
    return tuple(AnchorLine(**asdict(anchor)) for anchor in session.parts.objective.anchors())


def _stepped(session: Session, rhythm: Rhythm, recent: list[dict[str, Tensor]]) -> Stepped:
    means = _means(recent)
    for name in means:
        if name == "loss" or name.endswith(": loss"):  # a game has a loss for each player
            require_finite(means[name], session.step)
    speed = rhythm.logged(len(recent), means) * session.sampler.batch_size
    return Stepped(
        step=session.step,
        gradient_norm=means.pop("gradient norm", 0.0),
        terms=finite(means),
        learning_rate=session.optimisation.rate(session.progress),
        progress=session.progress,
        seconds=session.watch.seconds,
        images_per_second=speed,
        epoch=session.epoch,
        memory_bytes=_memory(session.plan.compute.device),
    )


def _means(recent: list[dict[str, Tensor]]) -> dict[str, float]:
    """Return each term's mean over some steps; nothing where there are no terms (a fixed map)."""
    names = list(recent[-1])
    if not names:
        return {}
    # One transfer for all terms of all steps since the last event.
    table = torch.stack([torch.stack([step[name].float() for name in names]) for step in recent])
    return dict(zip(names, table.mean(dim=0).tolist(), strict=True))


def _measure(session: Session, rhythm: Rhythm, *, with_bank: bool) -> Iterator[Event]:
    with rhythm.measuring(session.step, session.progress, with_bank=with_bank):
        readings = session.observer.measure(session.step, with_bank=with_bank)
    numbers = finite({r.name: r.value for r in readings if not r.series})
    series = {reading.name: reading.series for reading in readings if reading.series}
    if not session.baseline:
        session.baseline = numbers
    session.note_knn(numbers.get("knn"))
    yield Measured(step=session.step, readings=numbers, series=series)
    verdict = session.judge.consider(
        session.step, session.progress, rhythm.last_terms, numbers, session.baseline
    )
    if verdict is not None:
        yield verdict


def _show(session: Session, keep: Keep, rhythm: Rhythm) -> Iterator[Event]:
    with rhythm.showing():
        shown = session.observer.pictures()
        if not shown.arrays:
            return
        path = keep.pictures(session.step, shown.arrays)
    yield Shown(
        step=session.step,
        path=path,
        captions=tuple(shown.arrays),
        rows=tuple(shown.rows),
        numbers=finite(shown.numbers),
    )


def finite(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers that are numbers: JSON has no word for the others."""
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def _save(session: Session, keep: Keep, rhythm: Rhythm) -> Saved:
    session.note_saved()
    with rhythm.saving(session.progress):
        tensors, state = flatten(session.state())
        path = keep.checkpoint(session.step, tensors, state)
    return Saved(
        step=session.step,
        path=path,
        seconds=session.watch.seconds,
        progress=session.progress,
    )


def _memory(device: str) -> int:
    if device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    import psutil

    return int(psutil.Process().memory_info().rss)
