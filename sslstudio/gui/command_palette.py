"""Every action of the window, found by typing a few letters of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from sslstudio.gui.actions import Action
from sslstudio.gui.matching import fit
from sslstudio.gui.theme import Theme, type_font
from sslstudio.gui.widgets.panel import Panel, SplitLine

AnyIndex = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
WIDTH = 560
TOP = 88
ROW = 34
MOST_ROWS = 9
# Fits far below the best one are letters that happen to occur.
WORTH_SHOWING = 0.5
MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


def ranked(actions: Sequence[Action], query: str) -> list[Action]:
    """Return the actions that fit a query: what can be done now first, then the best fit."""
    fits = [(fit(query, action.title, action.keywords), action) for action in actions]
    found = [(score, action) for score, action in fits if score is not None]
    best = max((score for score, _action in found), default=0.0)
    kept = [(not a.enabled(), -score, a) for score, a in found if score >= best * WORTH_SHOWING]
    return [action for *_key, action in sorted(kept, key=lambda entry: entry[:2])]


class _ActionModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._actions: list[Action] = []

    def set_actions(self, actions: list[Action]) -> None:
        self.beginResetModel()
        self._actions = actions
        self.endResetModel()

    def action_at(self, index: AnyIndex) -> Action | None:
        return self._actions[index.row()] if index.isValid() else None

    def rowCount(self, parent: AnyIndex = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._actions)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        action = self.action_at(index)
        if action is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return action.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{action.title} {action.shortcut}".strip()
        return None


class _ActionDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(option.rect.width(), ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        model = index.model()
        action = model.action_at(index) if isinstance(model, _ActionModel) else None
        if action is None:
            return
        tokens = self._theme.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 6, 6)
        words = option.rect.adjusted(10, 0, -10, 0)
        painter.setFont(type_font())
        painter.setPen(QColor(tokens.text if action.enabled() else tokens.muted))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, action.title)
        self._paint_keys(painter, words, action)
        painter.restore()

    def _paint_keys(self, painter: QPainter, area: QRect, action: Action) -> None:
        keys = QKeySequence(action.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        words = keys if action.enabled() else "not now"
        painter.setFont(type_font("small"))
        painter.setPen(QColor(self._theme.tokens.muted))
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(area, place, words)


class CommandPalette(Panel):
    """A field over a list, above everything else in the window; escape closes it."""

    def __init__(
        self, window: QWidget, theme: Theme, actions: Callable[[], Sequence[Action]]
    ) -> None:
        super().__init__("over", margin=8, spacing=6)
        self.setParent(window)
        self.setObjectName("commands")
        self._offered = actions
        self._focus_before: QWidget | None = None
        self._model = _ActionModel(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(_ActionDelegate(theme, self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName("Commands")
        self._list.setToolTip("Enter carries the marked command out")
        self._list.clicked.connect(self._carry_out)
        self._field = QLineEdit()
        self._field.setProperty("command", True)
        self._field.setPlaceholderText("What do you want to do?")
        self._field.setAccessibleName("Command")
        self._field.setToolTip("Type a few letters; arrows choose, enter carries out")
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        for widget in (self._field, SplitLine(), self._list):
            self.body.addWidget(widget)
        window.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show the palette, empty, ready for typing; a second call closes it."""
        if self.isVisible():
            self.close_palette()
            return
        self._focus_before = self.window().focusWidget()
        self._field.clear()
        self._search("")
        self.show()
        self.raise_()
        self._field.setFocus()

    def close_palette(self) -> None:
        """Hide the palette and give the focus back."""
        self.hide()
        if self._focus_before is not None:
            self._focus_before.setFocus()
            self._focus_before = None

    def titles(self) -> list[str]:
        """Return the titles in the list, best first."""
        rows = range(self._model.rowCount())
        return [str(self._model.data(self._model.index(row))) for row in rows]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move in the list, and follow the window's size."""
        if watched is self._field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._took(event)
        if watched is self._field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._focus_before = None
            self.hide()
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _took(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._carry_out(self._list.currentIndex())
        elif key in MOVES:
            row = self._list.currentIndex().row() + MOVES[key]
            self._mark(min(max(row, 0), self._model.rowCount() - 1))
        else:
            return False
        return True

    def _search(self, words: str) -> None:
        self._model.set_actions(ranked(self._offered(), words))
        self._mark(0)
        self._place()

    def _mark(self, row: int) -> None:
        self._list.setCurrentIndex(self._model.index(row))

    def _place(self) -> None:
        rows = min(max(self._model.rowCount(), 1), MOST_ROWS)
        self._list.setFixedHeight(rows * ROW)
        self.setFixedWidth(WIDTH)
        self.adjustSize()
        self.move((self.window().width() - WIDTH) // 2, TOP)

    def _carry_out(self, index: AnyIndex) -> None:
        action = self._model.action_at(index)
        if action is not None and action.enabled():
            self.close_palette()
            action.run()
