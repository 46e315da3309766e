"""The runs of the library as a list model, and how one of them is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from sslstudio.gui.theme import Theme, Tokens, type_font
from sslstudio.gui.widgets.marks import STATE_TONES

RunState = Literal["training", "paused", "done", "interrupted", "collapsed", "failed", "queued"]
AnyIndex = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()

ROW_HEIGHT = 50
GAP = 8
PADDING = 9
DOT = 8
NAME_LEFT = 23


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as the library shows it."""

    id: str
    name: str
    state: RunState
    line: str
    origin: str = ""
    """Where it branched off, as a sentence; empty for a run of its own."""


class RunModel(QAbstractListModel):
    """The runs whose name or state contains the filter's words.

    Signals:
        renamed: id and new name, when the user has typed one.
    """

    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[RunRow, ...] = ()
        self._shown: list[RunRow] = []
        self._filter = ""

    @property
    def total(self) -> int:
        """The number of runs, shown or not."""
        return len(self._all)

    def set_runs(self, runs: Sequence[RunRow]) -> None:
        """Show other runs; rows that only changed their words stay where they are."""
        self._all = tuple(runs)
        self._update()

    def set_filter(self, words: str) -> None:
        """Show only runs that contain all the words."""
        self._filter = words.casefold()
        self._update()

    def run_at(self, index: AnyIndex) -> RunRow | None:
        """Return the run in a row."""
        return self._shown[index.row()] if index.isValid() else None

    def row_of(self, run_id: str) -> int:
        """Return a run's row, -1 if it is not shown."""
        return next((row for row, run in enumerate(self._shown) if run.id == run_id), -1)

    def rowCount(self, parent: AnyIndex = NO_PARENT) -> int:
        """Return how many runs are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a run's name, and in words all that the row shows by colour and place."""
        run = self.run_at(index)
        if run is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = f"{run.name}, {run.line or run.state}"
            return f"{words}. {run.origin}" if run.origin else words
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Return that a run can be picked and renamed."""
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsEditable if index.isValid() else usual

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Pass a typed name on; the row changes when the library has taken it."""
        run = self.run_at(index)
        name = str(value).strip()
        if run is None or role != Qt.ItemDataRole.EditRole or not name or name == run.name:
            return False
        self.renamed.emit(run.id, name)
        return True

    def _update(self) -> None:
        words = self._filter.split()
        shown = [
            run
            for run in self._all
            if all(word in f"{run.name} {run.state} {run.line}".casefold() for word in words)
        ]
        if [run.id for run in shown] == [run.id for run in self._shown]:
            self._shown = shown
            if shown:
                self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()


class RunDelegate(QStyledItemDelegate):
    """Draws a run as a dot and its name over a quiet line that says its state in words."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        """Return the height of every row, with the gap to the next."""
        return QSize(option.rect.width(), ROW_HEIGHT + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Draw one run."""
        model = index.model()
        run = model.run_at(index) if isinstance(model, RunModel) else None
        if run is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = option.rect.adjusted(0, 0, 0, -GAP)
        self._paint_ground(painter, card, option.state)
        _paint_run(painter, card, run, self._theme.tokens)
        painter.restore()

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: AnyIndex
    ) -> QWidget:
        """Return the field in which a run is renamed."""
        field = QLineEdit(parent)
        field.setProperty("bare", True)
        field.setAccessibleName("New name of the run")
        field.setToolTip("Enter keeps the name, Escape leaves it as it was")
        return field

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: AnyIndex
    ) -> None:
        """Put the field where the name stands."""
        editor.setGeometry(option.rect.adjusted(NAME_LEFT - 5, 7, -4, -GAP - 21))

    def _paint_ground(self, painter: QPainter, card: QRect, state: QStyle.StateFlag) -> None:
        tokens = self._theme.tokens
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(tokens.accent), 1.5) if focused else Qt.PenStyle.NoPen)
        if selected:
            painter.setBrush(QColor(tokens.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(tokens.hover))
        if selected or focused or state & QStyle.StateFlag.State_MouseOver:
            inset = 0.75 if focused else 0.0
            ground = QRectF(card).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(ground, 8, 8)


def _paint_run(painter: QPainter, card: QRect, run: RunRow, tokens: Tokens) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    tone = STATE_TONES[run.state]
    painter.setBrush(QColor(tokens.muted if tone == "neutral" else getattr(tokens, tone)))
    painter.drawEllipse(QRectF(card.left() + PADDING, card.top() + 14, DOT, DOT))
    name = card.adjusted(NAME_LEFT, 7, -PADDING, 0)
    name.setHeight(20)
    line = card.adjusted(PADDING, 26, -PADDING, 0)
    line.setHeight(16)
    _paint_line(painter, name, run.name, tokens.text, bold=True)
    _paint_line(painter, line, run.line or run.state, tokens.muted, bold=False)


def _paint_line(painter: QPainter, area: QRect, text: str, colour: str, *, bold: bool) -> None:
    font = type_font("body" if bold else "small", bold=bold, tabular=True)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
