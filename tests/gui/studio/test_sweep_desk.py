"""Runs at several values one after the other, with a training that the test drives."""

import pytest
from PySide6.QtCore import QCoreApplication

from sslstudio.domain.events import Finished
from sslstudio.domain.sweep import Axis
from sslstudio.gui.studio.run_reading import view_of
from sslstudio.gui.studio.sweep_desk import SweepDesk
from sslstudio.services.runs.folder import RunFolder
from tests.gui.studio.stand_ins import workshop
from tests.support.runs import small_recipe

TEMPERATURES = Axis(paths=("objective.loss.temperature",), values=(0.1, 0.5, 1.0))


class Bench:
    """A sweep over three values; training and its end are the test's."""

    def __init__(self, equipment, catalog):
        self.shop = workshop(equipment, small_recipe(catalog))
        self.begun, self.willing = [], True
        self.desk = SweepDesk(self.shop, self._begin)

    def _begin(self, recipe, _compute, place):
        if self.willing:
            self.begun.append((recipe, place))
            self.shop.training.become("starting")
        return self.willing

    def ask(self, axis=TEMPERATURES):
        self.shop.design.inspector.sweep_asked.emit(axis)
        self.shop.jobs.started[-1].do()

    def prepare(self):
        recipe, place = self.begun[-1]
        path = self.shop.equipment.library.root / f"run{place.position}"
        compute = {"compute": {"device": "cpu"}}
        folder = RunFolder.create(path, recipe, {**compute, **place.noted()})
        training = self.shop.training
        training.folder = folder
        training.prepared.emit(folder, view_of(self.shop.equipment, folder))
        training.become("training")

    def end(self, outcome="done"):
        training = self.shop.training
        training.events.emit([Finished(step=6, outcome=outcome, seconds=1.0)])
        training.end()
        QCoreApplication.processEvents()

    def refuse(self):
        self.shop.training.become("idle")
        QCoreApplication.processEvents()

    @property
    def said(self):
        calls = self.shop.frame.messages.show_message.call_args_list
        return calls[-1].args[0] if calls else ""


@pytest.fixture
def bench(qapp, equipment, catalog):
    assert qapp is not None
    return Bench(equipment, catalog)


def test_one_run_follows_the_other_without_taking_the_user_off_another_page(bench):
    bench.ask()
    assert bench.shop.frame.pages == ["train"]
    bench.shop.frame.show_page("explore")
    for _ in TEMPERATURES.values:
        bench.prepare()
        bench.end()
    assert [recipe.objective.loss.temperature for recipe, _ in bench.begun] == [0.1, 0.5, 1.0]
    assert bench.shop.frame.pages == ["train", "explore"]
    assert bench.said == "A run was trained at each value. The Evaluate page compares them."


def test_stopping_a_run_of_another_process_leaves_ours_and_the_rest_alone(bench):
    bench.ask()
    bench.prepare()
    # The page's button is about the run that is shown, which need not be the one in training.
    bench.shop.train.stop_asked.emit()
    assert bench.desk.waiting == 2
    bench.shop.training.become("stopping")
    assert bench.desk.waiting == 0
    assert bench.said == "Stopped by hand: 2 runs at other values will not be trained."


def test_a_stop_while_a_run_gets_ready_gives_up_the_rest(bench):
    bench.ask()
    bench.shop.train.stop_asked.emit()
    bench.refuse()
    assert len(bench.begun) == 1
    assert bench.desk.waiting == 0


def test_at_the_end_it_is_said_how_many_were_trained(bench):
    bench.ask()
    bench.prepare()
    bench.end("failed")
    bench.refuse()
    bench.prepare()
    bench.end()
    assert len(bench.begun) == 3
    assert bench.said == "1 of 3 runs was trained to the end. The Evaluate page compares them."


def test_a_run_that_another_process_stopped_at_once_gives_up_the_rest(bench):
    bench.ask()
    bench.prepare()
    bench.end("stopped")
    assert len(bench.begun) == 1
    assert bench.desk.waiting == 0


def test_where_none_was_trained_the_reasons_stay_in_sight(bench):
    bench.ask()
    for _ in TEMPERATURES.values:
        bench.refuse()
    assert len(bench.begun) == 3
    assert bench.said == ""


def test_a_sweep_that_cannot_go_on_says_what_is_left_out(bench):
    bench.ask()
    bench.prepare()
    bench.willing = False
    bench.end()
    assert bench.desk.waiting == 0
    assert bench.said == "Other images are open: 2 runs at other values will not be trained."


def test_a_sweep_that_cannot_begin_stays_on_its_page(bench):
    bench.willing = False
    bench.ask()
    assert bench.shop.frame.pages == []
    assert bench.desk.waiting == 0
    assert bench.said == ""


def test_a_value_that_no_run_could_have_is_said_before_the_first_one(bench):
    bench.ask(Axis(paths=("representation.layer",), values=("encoder", "stage9")))
    assert bench.begun == []
    (error,) = bench.shop.frame.messages.show_error.call_args.args
    assert "stage9" in error.message
    assert bench.shop.frame.pages == []


def test_asking_twice_while_the_values_are_checked_begins_one_sweep(bench):
    for _ in range(2):
        bench.shop.design.inspector.sweep_asked.emit(TEMPERATURES)
    (check,) = bench.shop.jobs.started
    check.do()
    assert len(bench.begun) == 1
