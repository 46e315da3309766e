import pytest
import torch

from sslstudio.domain.events import Measured, Saved
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.exhibition import Exhibition
from sslstudio.engine.loop import train
from sslstudio.engine.observe import Observer
from sslstudio.engine.parts import Reading
from sslstudio.engine.rhythm import Rhythm
from sslstudio.engine.session import Session
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session

STEPS = 80


class Clock:
    """Training time that passes when the test says so."""

    seconds = 0.0


def advance(session):
    session.step += 1
    return {"loss": torch.zeros(())}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def run(catalog, monkeypatch):
    """Train with nothing but a validation kNN after each step, which the test chooses."""
    recipe = small_recipe(catalog, training__budget={"unit": "steps", "amount": STEPS})
    monkeypatch.setattr("sslstudio.engine.rhythm.BEST_COST_SHARE", 1e9)
    monkeypatch.setattr(Rhythm, "measurement_is_due", lambda *_a: True)
    monkeypatch.setattr(Observer, "pictures", lambda *_a: Exhibition())
    monkeypatch.setattr(Session, "advance", advance)

    def trained(knn_at, **script):
        def measure(_observer, step, **_how):
            return [Reading(name="knn", value=knn_at(step))]

        monkeypatch.setattr(Observer, "measure", measure)
        keep = MemoryKeep()
        events = list(train(small_session(catalog, recipe), keep, Script(**script)))
        assert sum(isinstance(event, Measured) for event in events) > 9
        return events, keep

    return trained


def saved_steps(events):
    return [event.step for event in events if isinstance(event, Saved)]


def test_a_knn_that_always_rises_is_saved_once_in_a_twentieth_of_the_budget(run):
    events, _ = run(lambda step: 0.001 * step)
    assert saved_steps(events) == [*range(4, STEPS + 1, 4)]


def test_without_a_better_knn_only_the_tenths_are_saved(run):
    events, _ = run(lambda _step: 0.0)
    assert saved_steps(events) == [*range(8, STEPS + 1, 8)]


def test_a_better_one_right_after_a_checkpoint_does_not_hide_the_next_one(run):
    # 0.8 at step 9 comes too soon after step 8; 0.7 at step 12 is the best that can be had.
    events, keep = run(lambda step: {9: 0.8, 12: 0.7}.get(step, 0.1))
    assert saved_steps(events) == [4, 8, 12, *range(16, STEPS + 1, 8)]
    assert unflatten(*keep.checkpoints[8])["best"] == {"step": 4, "knn": 0.1}
    for step in (12, STEPS):
        assert unflatten(*keep.checkpoints[step])["best"] == {"step": 12, "knn": 0.7}


def test_the_last_one_is_saved_however_soon_it_comes(run):
    events, keep = run(lambda step: 0.001 * step, stop_at=9)
    assert saved_steps(events) == [4, 8, 9]
    assert unflatten(*keep.checkpoints[9])["best"]["step"] == 9


def test_a_checkpoint_that_takes_long_to_write_is_not_written_for_the_best_too_often(clock):
    rhythm = Rhythm(clock, 0.0)
    clock.seconds = 10.0
    with rhythm.saving(0.1):
        clock.seconds = 12.0
    clock.seconds = 51.9
    assert not rhythm.best_is_due(0.2)
    clock.seconds = 52.1
    assert rhythm.best_is_due(0.2)
    assert not rhythm.best_is_due(0.149)
    assert rhythm.best_is_due(0.15)


def test_a_resumed_run_counts_the_tenths_from_where_it_stands(clock):
    rhythm = Rhythm(clock, 0.35)
    assert not rhythm.checkpoint_is_due(0.39)
    assert not rhythm.best_is_due(0.39)
    assert rhythm.checkpoint_is_due(0.4)
    clock.seconds = 60.0
    assert rhythm.checkpoint_is_due(0.36)
