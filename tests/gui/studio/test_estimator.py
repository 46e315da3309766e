import threading

import pytest

from sslstudio.domain.moves import placed
from sslstudio.engine.plan import Compute
from sslstudio.gui.studio import estimator as module
from sslstudio.gui.studio.estimator import AGAIN, LATER, MEASURING, WAITING, Estimator
from sslstudio.services.checking import full_check
from sslstudio.services.dry_run import DryRun
from tests.support.runs import small_recipe


class Trial:
    """Stands for the dry run: takes as long as it is held, and counts how often it was asked."""

    def __init__(self):
        self.asked = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, recipe, _catalog, _images, compute):
        self.asked.append((recipe, compute))
        assert self.go.wait(30)
        return DryRun(
            step_seconds=0.5,
            steps_per_epoch=10,
            memory_bytes=10**9,
            views_per_second=64.0,
            compute=Compute(device="cpu"),
            milliseconds={"encoder": 40.0},
        )


@pytest.fixture
def trial(monkeypatch):
    held = Trial()
    monkeypatch.setattr(module, "dry_run", held)
    monkeypatch.setattr(module, "QUIET_MS", 10)
    yield held
    held.go.set()


class Desk:
    """An estimator over a recipe that a test may change."""

    def __init__(self, qtbot, equipment, opened, jobs, catalog):
        self.qtbot = qtbot
        self.recipe = small_recipe(catalog)
        self.estimator = Estimator(equipment, opened, jobs, lambda: self.recipe)
        self.heard = []
        self.estimator.changed.connect(self.heard.append)

    def edit(self, path, value):
        self.recipe = placed(self.recipe, path, value)
        self.estimator.ask()

    def wait(self, ready):
        self.qtbot.waitUntil(lambda: ready(self.estimator.estimate()), timeout=60_000)


@pytest.fixture
def desk(qtbot, equipment, opened, jobs, catalog, trial):
    assert trial is not None
    return Desk(qtbot, equipment, opened, jobs, catalog)


def is_fresh(estimate):
    return estimate.timing is not None and not estimate.stale


def test_shapes_and_parameters_are_known_before_anything_is_timed(desk, trial):
    trial.go.clear()
    desk.estimator.ask()
    assert desk.heard[0].message == MEASURING
    desk.wait(lambda e: e.outline is not None)
    assert desk.estimator.estimate().timing is None
    assert desk.estimator.estimate().outline.parameters > 0
    names = [layer.name for layer in desk.estimator.estimate().layers]
    assert names[-2:] == ["encoder", "projector"]
    trial.go.set()
    desk.wait(is_fresh)
    assert desk.heard[-1].timing.milliseconds == {"encoder": 40.0}
    assert desk.heard[-1].message == ""


def test_a_timing_from_before_an_edit_says_so_until_it_is_measured_again(desk, trial):
    desk.estimator.ask()
    desk.wait(is_fresh)
    trial.go.clear()
    desk.edit("training.batch_size", 8)
    known = desk.heard[-1]
    assert (known.stale, known.message) == (True, AGAIN)
    assert known.milliseconds == {}
    trial.go.set()
    desk.wait(is_fresh)
    assert [recipe.training.batch_size for recipe, _compute in trial.asked] == [16, 8]


def test_another_budget_or_rate_is_reckoned_and_not_measured(desk, trial):
    desk.estimator.ask()
    desk.wait(is_fresh)
    assert desk.estimator.estimate().timing.seconds == 6 * 0.5
    desk.edit("training.budget.amount", 100.0)
    assert is_fresh(desk.heard[-1])
    assert desk.heard[-1].timing.seconds == 50.0
    desk.edit("training.budget.unit", "epochs")
    assert desk.heard[-1].timing.seconds == 500.0
    desk.edit("training.budget.unit", "minutes")
    assert desk.heard[-1].timing.seconds == 6000.0
    desk.edit("optimizer.learning_rate", 0.01)
    assert is_fresh(desk.heard[-1])
    assert len(trial.asked) == 1


def test_undo_shows_the_former_numbers_at_once_and_precision_is_tried_once(desk, trial):
    desk.estimator.ask()
    desk.wait(is_fresh)
    before = desk.recipe
    desk.edit("training.batch_size", 8)
    desk.wait(is_fresh)
    desk.recipe = before
    desk.estimator.ask()
    assert is_fresh(desk.heard[-1])
    assert [compute for _recipe, compute in trial.asked] == ["cpu", Compute(device="cpu")]
    assert desk.estimator.compute_for(before) == Compute(device="cpu")


def test_nothing_is_tried_while_training_has_the_machine(desk, trial, equipment):
    desk.estimator.block(blocked=True)
    desk.wait(lambda e: e.outline is not None)
    assert desk.estimator.estimate().message == WAITING
    assert equipment.dice.reserved
    desk.qtbot.waitUntil(lambda: not desk.estimator._timer.isActive())
    assert trial.asked == []
    desk.estimator.block(blocked=False)
    desk.wait(is_fresh)
    desk.estimator.block(blocked=True)
    desk.edit("training.batch_size", 8)
    assert desk.heard[-1].message == LATER


def test_what_cannot_be_tried_says_why(desk, monkeypatch):
    def refuse(*_arguments):
        raise module.StudioError("This view is too small.")

    monkeypatch.setattr(module, "dry_run", refuse)
    desk.estimator.ask()
    desk.wait(lambda e: e.message == "This view is too small.")
    assert desk.estimator.estimate().timing is None


def test_what_a_part_refuses_is_known_by_the_sentence_that_check_says(desk, catalog, opened):
    desk.estimator.ask()
    desk.wait(lambda e: e.outline is not None)
    assert desk.estimator.refusal(desk.recipe) is None
    broken = small_recipe(catalog, "exemplar", objective__classes=500)
    desk.recipe = broken
    with desk.qtbot.waitSignal(desk.estimator.refused, timeout=60_000):
        desk.estimator.ask()
    said = full_check(broken, catalog, opened.facts())[0]
    assert said.path == "objective.classes"
    assert desk.estimator.refusal(broken) == said
    assert desk.estimator.estimate().outline is None


def test_a_layer_that_the_encoder_lacks_is_said_at_its_field_until_it_is_mended(
    desk, catalog, opened
):
    desk.estimator.ask()
    desk.wait(lambda e: e.outline is not None)
    whole, broken = desk.recipe, small_recipe(catalog, representation__layer="stage9")
    desk.recipe = broken
    with desk.qtbot.waitSignal(desk.estimator.refused, timeout=60_000):
        desk.estimator.ask()
    said = full_check(broken, catalog, opened.facts())[0]
    assert said.path == "representation.layer"
    assert desk.estimator.refusal(broken) == said
    assert desk.estimator.estimate().outline is not None
    assert desk.estimator.refusal(whole) is None
