"""A run that another process trains is watched and steered here, and one of ours from elsewhere."""

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QCoreApplication

from sslstudio.services.runs.branching import origin_of
from sslstudio.services.runs.folder import RunFolder
from tests.cli.test_command_line import SMALL
from tests.journeys.test_train import click, last_step, start, to_the_end

ENDLESS = 100_000
QUIET_LOOKS = 100


class Child:
    """A command line that trains in the window's library until it is told to end."""

    def __init__(self, window, steps):
        path = window.equipment.library.root / "outside"
        command = [sys.executable, "-m", "sslstudio", "train", "simclr", "--data", "digits",
                   "--steps", str(steps), "--out", str(path), *SMALL]  # fmt: skip
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
        self.folder = RunFolder(path)
        window.wait(lambda: last_step(self.folder) > 2)


@pytest.fixture
def outside(window, request):
    child = Child(window, getattr(request, "param", ENDLESS))
    window.studio.desk.open("outside")
    window.wait(lambda: window.studio.train.chips() == ["training"])
    yield child
    child.process.kill()
    child.process.wait()


def shows(window, state):
    window.wait(lambda: window.studio.train.chips() == [state])


def shown_step(window):
    return window.studio.train._trace.summary.step


def goes_on(window):
    seen = shown_step(window)
    window.wait(lambda: shown_step(window) > seen)


def holds(window, folder):
    """Wait until a run says nothing for many looks in a row."""
    steps = []

    def quiet():
        steps.append(last_step(folder))
        return len(steps) > QUIET_LOOKS and len(set(steps[-QUIET_LOOKS:])) == 1

    window.wait(quiet)


def row(window, run_id):
    model = window.frame.library.model
    return model.run_at(model.index(model.row_of(run_id)))


def test_a_run_of_another_process_is_followed_paused_and_stopped(window, outside):
    window.studio.library.refresh()
    window.settle()
    goes_on(window)
    click(window, "train.pause")
    shows(window, "paused")
    assert row(window, "outside").state == "paused"
    holds(window, outside.folder)
    click(window, "train.resume")
    shows(window, "training")
    goes_on(window)
    click(window, "train.stop")
    shows(window, "interrupted")
    assert outside.process.wait() == 130
    window.settle()
    events = outside.folder.events()
    assert events[-1].outcome == "stopped"
    assert outside.folder.checkpoint_steps()[-1] == events[-1].step == shown_step(window)
    assert [card.state for card in window.studio.library.cards] == ["stopped"]
    assert not window.studio.training.busy


def test_its_end_is_noticed_and_a_kill_leaves_an_interrupted_run(window, outside):
    outside.process.kill()
    shows(window, "interrupted")
    window.settle()
    assert [card.state for card in window.studio.library.cards] == ["interrupted"]


# A budget whose tenths, and so the first checkpoint, come soon, and whose end does not.
@pytest.mark.parametrize("outside", [4000], indirect=True)
def test_its_settings_are_left_alone_and_a_branch_stops_it_first(window, outside):
    page = window.studio.train
    page.edit_asked.emit("objective.loss.temperature", 0.5)
    assert "only there" in window.frame.messages.text()
    window.wait(lambda: bool(page.inspector.checkpoints.line.steps))
    click(window, "train.branch")
    window.wait(lambda: window.studio.training.state == "training")
    branch = window.studio.training.folder
    assert origin_of(branch).run == "outside"
    assert outside.folder.events()[-1].outcome == "stopped"
    assert outside.process.wait() == 130
    window.studio.training.stop()
    to_the_end(window)


def test_a_run_of_ours_beside_it_is_steered_alone(window, outside):
    window.make_small()
    ours = start(window, ENDLESS)
    goes_on(window)
    click(window, "train.stop")
    to_the_end(window)
    assert ours.events()[-1].outcome == "stopped"
    assert outside.folder.is_alive()
    assert outside.folder.control.read() is None
    window.studio.desk.resume("outside")
    window.wait(lambda: "is being trained by another" in window.frame.messages.text())
    window.wait(lambda: not window.studio.training.busy)
    QCoreApplication.processEvents()
    assert window.studio.train.chips() == ["interrupted"]


def test_a_run_of_ours_is_paused_let_go_on_and_stopped_from_elsewhere(window):
    window.make_small()
    folder = start(window, ENDLESS)
    window.wait(lambda: last_step(folder) > 2)
    folder.ask("pause")
    shows(window, "paused")
    click(window, "train.resume")
    assert folder.control.read() is None
    goes_on(window)
    click(window, "train.pause")
    assert folder.control.read() == "pause"
    folder.ask(None)
    shows(window, "training")
    goes_on(window)
    folder.ask("stop")
    to_the_end(window)
    assert folder.events()[-1].outcome == "stopped"
    assert folder.control.read() is None
