import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QListView, QMessageBox

from sslstudio.gui.frame.library import LibraryPanel, RunRow
from sslstudio.gui.widgets.marks import STATE_TONES
from tests.gui.support import unexplained

pytestmark = pytest.mark.usefixtures("qtbot")

ROWS = [
    RunRow("a", "SimCLR · digits", "training", "training · step 412"),
    RunRow("b", "BYOL · digits", "done", "done · kNN .61"),
    RunRow("c", "SimSiam, no stop-grad", "collapsed", "collapsed at step 140"),
    RunRow("d", "Rotation · shapes", "interrupted", "interrupted · resume"),
]


@pytest.fixture
def library(qtbot, theme):
    panel = LibraryPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(203, 700)
    panel.show()
    qtbot.waitExposed(panel)
    panel.set_runs(ROWS)
    return panel


def runs(library):
    return library.findChild(QListView, "library.runs")


def shown(library):
    model = library.model
    return [model.run_at(model.index(row)).id for row in range(model.rowCount())]


def words_of(library):
    return [label.text() for label in library.findChildren(QLabel) if label.isVisible()]


def ask_menu(library, run, title):
    menu = library.menu_for(run)
    next(action for action in menu.actions() if action.text() == title).trigger()


def test_the_model_keeps_qts_rules(library):
    QAbstractItemModelTester(
        library.model, QAbstractItemModelTester.FailureReportingMode.Fatal, library
    )
    library.set_runs(ROWS[:2])
    library.set_runs([])
    library.set_runs(ROWS)


def test_the_current_run_stays_current_while_the_list_changes(library):
    library.select("b")
    library.set_runs([RunRow("new", "New", "queued", ""), *ROWS])
    assert library.current_run().id == "b"
    library.set_runs(ROWS[:1])
    assert library.current_run() is None


def test_words_that_change_do_not_reset_the_list(library, qtbot):
    with qtbot.assertNotEmitted(library.model.modelReset):
        library.set_runs([RunRow("a", "SimCLR · digits", "training", "step 413"), *ROWS[1:]])
    assert library.model.run_at(library.model.index(0)).line == "step 413"


def test_the_filter_looks_at_names_and_states(library, qtbot):
    field = library.findChild(QLineEdit)
    qtbot.keyClicks(field, "digits done")
    assert shown(library) == ["b"]
    field.setText("nothing like it")
    assert not runs(library).isVisible()
    field.clear()
    assert shown(library) == ["a", "b", "c", "d"]
    assert runs(library).isVisible()


def test_an_empty_library_says_what_to_do(library):
    library.set_runs([])
    assert any("start it" in text for text in words_of(library))


def test_enter_and_a_click_open_a_run(library, qtbot):
    heard = []
    library.opened.connect(heard.append)
    library.select("b")
    qtbot.keyClick(runs(library), Qt.Key.Key_Return)
    place = runs(library).visualRect(library.model.index(2)).center()
    qtbot.mouseClick(runs(library).viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard == ["b", "c"]


def test_a_run_is_renamed_in_its_row(library, qtbot):
    heard = []
    library.renamed.connect(lambda run_id, name: heard.append((run_id, name)))
    library.select("b")
    qtbot.keyClick(runs(library), Qt.Key.Key_F2)
    assert runs(library).state() == QAbstractItemView.State.EditingState
    field = runs(library).findChild(QLineEdit)
    field.setText("  BYOL, longer ")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: heard == [("b", "BYOL, longer")])
    qtbot.keyClick(runs(library), Qt.Key.Key_F2)
    second = runs(library).findChildren(QLineEdit)[-1]
    second.setText("   ")
    qtbot.keyClick(second, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: runs(library).state() == QAbstractItemView.State.NoState)
    assert len(heard) == 1


def test_the_menu_offers_what_makes_sense(library):
    asked = []
    library.resume_asked.connect(lambda run_id: asked.append(("resume", run_id)))
    library.reveal_asked.connect(lambda run_id: asked.append(("reveal", run_id)))
    ask_menu(library, ROWS[3], "Resume")
    ask_menu(library, ROWS[1], "Show in folder")
    assert asked == [("resume", "d"), ("reveal", "b")]
    usable = {a.text(): a.isEnabled() for a in library.menu_for(ROWS[0]).actions() if a.text()}
    assert not usable["Resume"]
    assert not usable["Delete"]
    assert usable["Open"]


def test_a_run_is_deleted_only_after_a_question(library, qtbot):
    heard = []
    library.delete_asked.connect(heard.append)
    for answer, wanted in (("Keep", []), ("Delete", ["b"])):
        library.select("b")
        qtbot.keyClick(runs(library), Qt.Key.Key_Delete)
        box = library.findChild(QMessageBox)
        assert "BYOL" in box.text()
        next(b for b in box.buttons() if b.text() == answer).click()
        qtbot.waitUntil(lambda: library.findChild(QMessageBox) is None)
        assert heard == wanted


def test_a_run_in_training_is_not_deleted_by_key(library, qtbot):
    library.select("a")
    qtbot.keyClick(runs(library), Qt.Key.Key_Delete)
    assert library.findChild(QMessageBox) is None


def test_every_state_has_a_dot_and_every_row_its_words(library):
    from typing import get_args

    from sslstudio.gui.frame.run_rows import RunState

    assert set(get_args(RunState)) <= set(STATE_TONES)
    index = library.model.index(2)
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "SimSiam, no stop-grad, collapsed at step 140"


def test_rows_are_painted_in_both_themes(library, theme):
    light = runs(library).grab().toImage()
    theme.set_mode("dark")
    dark = runs(library).grab().toImage()
    assert light.pixelColor(5, 300).lightness() > 200
    assert dark.pixelColor(5, 300).lightness() < 60


def test_everything_is_explained(library):
    assert unexplained(library) == []
