"""The runs to choose from, each with a tick."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from sslstudio.gui.evaluate.source import RunChoice
from sslstudio.gui.evaluate.table_model import Index
from sslstudio.gui.theme import Tokens, type_font

ID_ROLE = int(Qt.ItemDataRole.UserRole)
NOTE_ROLE = ID_ROLE + 1
ROW_HEIGHT = 30
FEWEST_ROWS = 5
BOX = 16.0


class RunList(QListWidget):
    """A list in which space or a click ticks a run.

    Signals:
        ticked: the ids of the ticked runs, after the user changed them.
    """

    ticked = Signal(object)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = RunDelegate(tokens, self)
        self._most_rows = FEWEST_ROWS
        self.setItemDelegate(self._rows)
        self.setObjectName("evaluate.runs")
        self.setAccessibleName("Runs to compare")
        self.setToolTip("Tick the runs to compare; space ticks the one in focus")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.itemChanged.connect(lambda: self.ticked.emit(self.ticked_ids()))
        self.setFixedHeight(ROW_HEIGHT)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._rows.tokens = tokens
        self.viewport().update()

    def show_runs(self, runs: Sequence[RunChoice], ticked: set[str]) -> None:
        """Show these runs, of which some are ticked, without a signal."""
        blocked = self.blockSignals(True)
        self.clear()
        for run in runs:
            item = QListWidgetItem(run.name)
            item.setData(ID_ROLE, run.run_id)
            item.setData(NOTE_ROLE, run.note)
            item.setToolTip(f"{run.name} on {run.data}, {run.note}")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            chosen = run.run_id in ticked
            item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
            self.addItem(item)
        self.blockSignals(blocked)
        self._fit()

    def allow_rows(self, rows: int) -> None:
        """Be at most so many rows high; more runs scroll."""
        self._most_rows = max(FEWEST_ROWS, rows)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(ROW_HEIGHT * min(self._most_rows, max(1, self.count())))

    def ticked_ids(self) -> list[str]:
        """Return the ids of the ticked runs, from top to bottom."""
        items = [self.item(row) for row in range(self.count())]
        checked = [item for item in items if item.checkState() == Qt.CheckState.Checked]
        return [str(item.data(ID_ROLE)) for item in checked]


class RunDelegate(QStyledItemDelegate):
    """Paints box, name and note; the whole row is the place to click."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.tokens = tokens

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return a row's height."""
        del option, index
        return QSize(120, ROW_HEIGHT)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Tick or untick on a click anywhere in the row, or on space."""
        del option
        pressed = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        if event.type() != QEvent.Type.MouseButtonRelease and not pressed:
            return False
        checked = _is_checked(index)
        state = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
        return model.setData(index, state, Qt.ItemDataRole.CheckStateRole)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        area = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = QStyleOptionViewItem(option).state
        self._paint_box(painter, area, index, focused=bool(state & state.State_HasFocus))
        painter.setFont(type_font("small", tabular=True))
        note = str(index.data(NOTE_ROLE) or "")
        room = painter.fontMetrics().horizontalAdvance(note)
        painter.setPen(QColor(self.tokens.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, right, note)
        painter.setFont(type_font())
        painter.setPen(QColor(self.tokens.text))
        words = area.adjusted(BOX + 10, 0, -room - 8, 0)
        name = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, int(words.width())
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    def _paint_box(self, painter: QPainter, area: QRectF, index: Index, *, focused: bool) -> None:
        tokens, checked = self.tokens, _is_checked(index)
        box = QRectF(area.left() + 1, area.center().y() - BOX / 2, BOX, BOX)
        edge = (
            tokens.text
            if focused and checked
            else tokens.accent
            if checked or focused
            else tokens.muted
        )
        painter.setPen(QPen(QColor(edge), 1.5))
        painter.setBrush(QColor(tokens.accent if checked else tokens.panel))
        painter.drawRoundedRect(box, 4, 4)
        if checked:
            painter.setPen(QPen(QColor(tokens.on_accent), 2))
            corner = QPointF(box.left() + 6.6, box.bottom() - 4.6)
            painter.drawLine(QPointF(box.left() + 3.6, box.center().y() + 0.4), corner)
            painter.drawLine(corner, QPointF(box.right() - 3.6, box.top() + 4.8))


def _is_checked(index: Index) -> bool:
    return Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
