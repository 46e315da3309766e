"""The Train workspace in the real window: look back, branch, keep, mend, look at other runs."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from sslstudio.domain.events import Edited, Finished, VerdictGiven
from sslstudio.services.runs.branching import origin_of

TEMPERATURE = "objective.loss.temperature"


def click(window, name):
    widget = window.frame.findChild(QWidget, name)
    window.qtbot.waitUntil(widget.isVisible)
    window.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def start(window, steps):
    window.change("training.budget", {"unit": "steps", "amount": steps})
    window.frame.show_page("design")
    window.wait(window.studio.design.start.isEnabled)
    window.studio.design.start.click()
    window.wait(lambda: window.studio.training.state == "training")
    return window.studio.training.folder


def to_the_end(window):
    window.wait(lambda: not window.studio.training.busy)
    window.settle()


def line(window):
    return window.studio.train.inspector.checkpoints.line


def last_step(folder):
    return max((event.step for event in folder.events()), default=0)


def ruler(page):
    return page.loss.plot.accessibleDescription().partition("Ruler: ")[2]


def editor_value(page):
    return page.inspector.live.forms["objective.loss"].spec.temperature


@pytest.fixture
def small(window):
    window.make_small()
    return window


def test_one_looks_back_keeps_explores_and_branches_from_a_finished_run(small):
    first = start(small, 40)
    to_the_end(small)
    small.frame.show_page("explore")
    small.settle()
    timeline = small.studio.explore.stage.timeline
    assert timeline.step() == 40
    small.frame.show_page("train")
    small.qtbot.keyClick(line(small), Qt.Key.Key_Home)
    step = line(small).current
    assert step < 40
    small.frame.show_page("explore")
    small.settle()
    assert timeline.step() == step
    assert timeline.best.isVisible()

    small.frame.show_page("train")
    click(small, "train.keep")
    assert first.kept_steps() == {step}
    click(small, "train.keep")
    assert first.kept_steps() == frozenset()

    branch_and_compare(small, first, step)


def branch_and_compare(small, first, step):
    files = [*(first.path / "checkpoints").iterdir(), first.path / "events.jsonl"]
    before = [file.read_bytes() for file in files]
    click(small, "train.rewind")
    small.wait(lambda: small.studio.training.folder.id != first.id)
    to_the_end(small)
    branch = small.studio.training.folder
    assert origin_of(branch).step == step
    assert branch.checkpoint_steps()[-1] == 40
    assert isinstance(branch.events()[-1], Finished)
    assert [file.read_bytes() for file in files] == before
    assert small.studio.train.title().endswith(f"from step {step}")
    assert f"at step {step}" in small.studio.train.inspector.checkpoints.origin.text()
    rows = {card.id: card for card in small.studio.library.cards}
    assert rows[branch.id].origin.run == first.id
    assert rows[first.id].origin is None
    train = small.studio.train
    (entry,) = train.compare.entries()
    entry.trigger()
    small.settle()
    assert f"dotted: {rows[first.id].name}" in train.loss.footnote.text()
    assert [action.isChecked() for action in train.compare.entries()] == [False, True]
    small.studio.desk.open(first.id)
    small.settle()
    assert "dotted" not in train.loss.footnote.text()


def test_a_report_is_written_and_opened(small, monkeypatch, tmp_path):
    folder = start(small, 12)
    to_the_end(small)
    file, opened = tmp_path / "report.html", []
    desk = "sslstudio.gui.studio.report_desk"
    suggested = []

    def choose(_parent, _title, name, _kind, _suffix):
        suggested.append(name)
        return file

    monkeypatch.setattr(f"{desk}.ask_file", choose)
    monkeypatch.setattr(f"{desk}.QDesktopServices.openUrl", opened.append)
    small.frame.show_page("train")
    click(small, "train.report")
    small.wait(lambda: bool(opened))
    assert suggested[0].endswith(f"{folder.id}.html")
    assert opened[0].toLocalFile() == str(file)
    assert folder.id in file.read_text(encoding="utf-8")


def test_an_edit_moves_the_ruler_and_a_branch_stops_the_run_with_a_checkpoint_first(
    small, monkeypatch
):
    monkeypatch.setattr("sslstudio.engine.rhythm.SAVE_SECONDS", 1.0)
    first = start(small, 100_000)
    page = small.studio.train
    small.wait(lambda: "uniform sphere" in ruler(page))
    before = ruler(page)
    editor = page.inspector.live.forms["objective.loss"].editor("temperature")
    small.qtbot.keyClick(editor.slider, Qt.Key.Key_PageUp)
    small.wait(lambda: ruler(page) != before)
    (edited,) = [event for event in first.events() if isinstance(event, Edited)]
    assert edited.path == TEMPERATURE
    (sphere,) = [anchor for anchor in edited.anchors if anchor.label == "uniform sphere"]
    assert f"uniform sphere {sphere.value:.3f}" in ruler(page)

    small.wait(lambda: bool(line(small).steps))
    step = line(small).steps[-1]
    click(small, "train.branch")
    small.wait(lambda: small.studio.training.folder.id != first.id)
    branch = small.studio.training.folder
    small.wait(lambda: last_step(branch) > step)
    assert origin_of(branch).step >= step
    assert first.events()[-1].outcome == "stopped"
    assert first.checkpoint_steps()[-1] == first.events()[-1].step
    assert editor_value(page) == edited.value
    click(small, "train.stop")
    to_the_end(small)
    # The library is read in the background: its cards follow a moment after the end.
    small.wait(lambda: [card.state for card in small.studio.library.cards] == ["stopped"] * 2)


def test_another_run_is_looked_at_while_one_trains_and_the_training_one_is_found_again(small):
    first = start(small, 12)
    to_the_end(small)
    second = start(small, 100_000)
    page, training = small.studio.train, small.studio.training
    small.wait(lambda: last_step(second) > 10)
    small.studio.desk.open(first.id)
    small.settle()
    assert page.chips() == ["done"]
    steps = page.inspector.progress.steps
    assert steps.text() == "12 of 12 steps"
    seen = last_step(second)
    small.wait(lambda: last_step(second) > seen + 5)
    QApplication.processEvents()
    assert steps.text() == "12 of 12 steps"
    small.studio.desk.open(second.id)
    assert page.chips() == ["training"]
    training.stop()
    to_the_end(small)
    assert page.chips() == ["interrupted"]
    curve = page.loss._trace.terms["loss"]
    assert (curve.steps[1:] > curve.steps[:-1]).all()


def test_a_remedy_opens_the_recipe_with_it(small):
    small.change("objective", small.equipment_recipe("simsiam").objective)
    small.change("objective.target", "same")
    small.change("optimizer.learning_rate", 0.5)
    start(small, 12)
    to_the_end(small)
    page = small.studio.train
    page.fold([VerdictGiven(step=12, state="collapsed", sentence="")])
    page.activated()
    small.qtbot.mouseClick(page.verdict.why, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    (fix,) = [b for b in page.verdict.evidence.findChildren(QPushButton) if b.isVisible()]
    small.qtbot.mouseClick(fix, Qt.MouseButton.LeftButton)
    assert small.frame.current_page() == "design"
    assert small.studio.document.recipe.objective.target.kind == "stop-gradient"
    assert small.studio.document.undo_label == "Add the stop-gradient"
