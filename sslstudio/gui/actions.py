"""Everything a user can do, as values: shortcuts, menus and the command palette read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolTip, QWidget


def always() -> bool:
    """Return True: for actions that are never in the way."""
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: its words, its keys and whether it makes sense now."""

    id: str
    title: str
    shortcut: str
    run: Callable[[], None]
    enabled: Callable[[], bool] = always
    keywords: str = ""


def install_shortcuts(owner: QWidget, actions: Iterable[Action]) -> None:
    """Make the actions' shortcuts work in the owner's window while the owner is shown."""
    for action in actions:
        if action.shortcut:
            owner.addAction(_ShortcutAction(action, owner))


def explain_focus() -> None:
    """Show the tooltip of the control that has the focus, beside it."""
    focused = QApplication.focusWidget()
    if focused is not None and focused.toolTip():
        place = focused.mapToGlobal(focused.rect().bottomLeft())
        QToolTip.showText(place, focused.toolTip(), focused)


class _ShortcutAction(QAction):
    """A shortcut that asks at the key press whether its action makes sense."""

    def __init__(self, action: Action, owner: QWidget) -> None:
        super().__init__(action.title, owner)
        self._action = action
        self.setShortcut(QKeySequence(action.shortcut))
        self.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        self.triggered.connect(self._run)

    def _run(self) -> None:
        # A button with the focus keeps the space key: that is how the keyboard presses it.
        focused = QApplication.focusWidget()
        if self._action.shortcut == "Space" and isinstance(focused, QAbstractButton):
            focused.click()
        elif self._action.enabled():
            self._action.run()
