import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolTip, QVBoxLayout, QWidget

from sslstudio.gui.theme import LIGHT
from sslstudio.gui.train.picture_grid import PictureGrid
from sslstudio.gui.train.picture_view import PictureView

KEYS = {">": Qt.Key.Key_Right, "<": Qt.Key.Key_Left, "v": Qt.Key.Key_Down, "^": Qt.Key.Key_Up}


def row_of(count, side=30):
    views = [PictureView(side, LIGHT) for _ in range(count)]
    for place, view in enumerate(views):
        view.show_picture(np.full((8, 8, 3), 20 * place, np.uint8), f"Picture {place}")
    return views


@pytest.fixture
def window(qtbot):
    """A window with a field above three and two pictures and a field below."""
    window = QWidget()
    qtbot.addWidget(window)
    window.above, window.below = QLineEdit(), QLineEdit()
    window.rows = [row_of(3), row_of(2)]
    layout = QVBoxLayout(window)
    layout.addWidget(window.above)
    for views in window.rows:
        line = QHBoxLayout()
        for view in views:
            line.addWidget(view)
        layout.addLayout(line)
    layout.addWidget(window.below)
    window.grid = PictureGrid(window)
    window.grid.set_rows(window.rows)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.above.setFocus()
    yield window
    QToolTip.hideText()


def press(qtbot, window, key):
    qtbot.keyClick(window.focusWidget(), key)


def place_of(window):
    for row, views in enumerate(window.rows):
        for column, view in enumerate(views):
            if view is window.focusWidget():
                return row, column
    return None


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("", (0, 0)),
        (">>", (0, 2)),
        (">>>", (0, 2)),
        ("<", (0, 0)),
        ("^", (0, 0)),
        (">>v", (1, 1)),
        (">>v^", (0, 1)),
        ("vv>", (1, 1)),
    ],
)
def test_arrows_go_about_and_stop_at_the_edges(qtbot, window, keys, place):
    press(qtbot, window, Qt.Key.Key_Tab)
    for key in keys:
        press(qtbot, window, KEYS[key])
    assert place_of(window) == place


def test_the_whole_grid_is_one_stop_and_remembers_its_place(qtbot, window):
    press(qtbot, window, Qt.Key.Key_Tab)
    press(qtbot, window, KEYS[">"])
    press(qtbot, window, Qt.Key.Key_Tab)
    assert window.focusWidget() is window.below
    window.above.setFocus()
    press(qtbot, window, Qt.Key.Key_Tab)
    assert place_of(window) == (0, 1)


def test_tab_enters_rows_that_came_later_and_not_those_that_went(qtbot, window):
    press(qtbot, window, Qt.Key.Key_Tab)
    press(qtbot, window, KEYS["v"])
    window.above.setFocus()
    window.grid.set_rows(window.rows[:1])
    for view in window.rows[1]:
        view.hide()
    press(qtbot, window, Qt.Key.Key_Tab)
    assert place_of(window) == (0, 0)
    for key in "v>":
        press(qtbot, window, KEYS[key])
    assert place_of(window) == (0, 1), "an arrow is heard once, and hidden rows are none"


def test_rows_that_come_back_hear_an_arrow_once(qtbot, window):
    # A window made smaller and larger again takes rows away and gives them back.
    window.grid.set_rows(window.rows[1:])
    window.grid.set_rows(window.rows)
    window.rows[0][0].setFocus()
    press(qtbot, window, KEYS[">"])
    assert place_of(window) == (0, 1)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_key_enlarges_the_picture_and_arrows_take_the_large_one_along(qtbot, window, key):
    press(qtbot, window, Qt.Key.Key_Tab)
    assert not QToolTip.isVisible(), "passing through shows nothing"
    press(qtbot, window, key)
    assert QToolTip.isVisible()
    assert QToolTip.text().endswith("Picture 0, 8 × 8 px")
    press(qtbot, window, KEYS[">"])
    assert QToolTip.text().endswith("Picture 1, 8 × 8 px")
