import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from sslstudio.gui.actions import Action
from sslstudio.gui.command_palette import CommandPalette, ranked
from tests.gui.support import unexplained

pytestmark = pytest.mark.usefixtures("theme")


@pytest.fixture
def heard():
    return []


@pytest.fixture
def actions(heard):
    return [
        Action("data", "Go to Data", "1", lambda: heard.append("data")),
        Action("train", "Start training", "", lambda: heard.append("train")),
        Action("pause", "Pause training", "Space", lambda: heard.append("pause"), lambda: False),
        Action("dark", "Use dark colours", "", lambda: heard.append("dark"), keywords="theme"),
    ]


@pytest.fixture
def window(qtbot):
    shown = QWidget()
    qtbot.addWidget(shown)
    shown.resize(1100, 700)
    layout = QVBoxLayout(shown)
    layout.addWidget(QLineEdit())
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.fixture
def palette(window, theme, actions):
    return CommandPalette(window, theme, lambda: actions)


def field(palette):
    return palette.findChild(QLineEdit)


def test_what_cannot_be_done_now_comes_last(actions):
    assert [action.id for action in ranked(actions, "train")] == ["train", "pause"]
    assert [action.id for action in ranked(actions, "")] == ["data", "train", "dark", "pause"]


def test_typing_and_enter_carry_out_the_best_fit(palette, qtbot, heard):
    palette.open()
    qtbot.keyClicks(field(palette), "dar")
    assert palette.titles()[0] == "Use dark colours"
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert heard == ["dark"]
    assert palette.isHidden()


def test_arrows_choose(palette, qtbot, heard):
    palette.open()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(field(palette), key)
    assert heard == ["train"]


def test_escape_closes_and_gives_the_focus_back(palette, window, qtbot, heard):
    before = window.layout().itemAt(0).widget()
    before.setFocus()
    palette.open()
    assert field(palette).hasFocus()
    qtbot.keyClick(field(palette), Qt.Key.Key_Escape)
    assert palette.isHidden()
    assert before.hasFocus()
    assert heard == []


def test_what_makes_no_sense_now_is_shown_but_not_carried_out(palette, qtbot, heard):
    palette.open()
    qtbot.keyClicks(field(palette), "pause")
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert heard == []
    assert palette.isVisible()


def test_a_search_without_result_leaves_nothing_to_carry_out(palette, qtbot, heard):
    palette.open()
    qtbot.keyClicks(field(palette), "qqq")
    assert palette.titles() == []
    qtbot.keyClick(field(palette), Qt.Key.Key_Down)
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert heard == []


def test_it_is_in_the_middle_and_explained(palette, window):
    palette.open()
    assert abs(palette.geometry().center().x() - window.width() / 2) <= 1
    window.resize(1920, 1080)
    assert abs(palette.geometry().center().x() - window.width() / 2) <= 1
    assert unexplained(palette) == []
