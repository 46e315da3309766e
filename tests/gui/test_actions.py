import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QPushButton, QStackedWidget, QWidget

from sslstudio.gui.actions import Action, install_shortcuts


@pytest.fixture
def window(qtbot):
    shown = QMainWindow()
    qtbot.addWidget(shown)
    shown.setCentralWidget(QStackedWidget())
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def test_a_key_carries_an_action_out_while_it_makes_sense(window, qtbot):
    heard, possible = [], [True]
    act = Action("a", "Act", "Ctrl+J", lambda: heard.append(1), lambda: possible[0])
    install_shortcuts(window, [act])
    qtbot.keyClick(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert heard == [1]
    possible[0] = False
    qtbot.keyClick(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert heard == [1]


def test_two_pages_may_use_one_key(window, qtbot):
    stack, heard = window.centralWidget(), []
    for name in ("first", "second"):
        page = QWidget()
        stack.addWidget(page)
        install_shortcuts(page, [Action(name, name, "R", lambda name=name: heard.append(name))])
    qtbot.keyClick(window, Qt.Key.Key_R)
    stack.setCurrentIndex(1)
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert heard == ["first", "second"]


def test_space_still_presses_the_button_that_has_the_focus(window, qtbot):
    heard = []
    install_shortcuts(window, [Action("p", "Pause", "Space", lambda: heard.append("pause"))])
    button = QPushButton("Stop", window)
    button.clicked.connect(lambda: heard.append("stop"))
    button.show()
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    button.clearFocus()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert heard == ["stop", "pause"]
