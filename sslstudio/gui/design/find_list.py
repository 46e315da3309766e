"""Lines of a list to choose from, under the headings of their groups: model, paint and drags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QDrag, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from sslstudio.gui.theme import Theme, type_font

AnyIndex = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
LINE, HEADING = 38, 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One choice: the word behind it, what is shown, and what it can be found by."""

    value: str
    title: str
    group: str = ""
    note: str = ""
    keywords: str = ""
    """Found by these as well, if no title, group or keyword of any choice fits better."""


def found(finds: Sequence[Find], query: str) -> list[Find]:
    """Return the choices that fit a query, in their order; those named so before those told so."""
    words = query.casefold().split()
    named = [f for f in finds if _has_all(f"{f.value} {f.title} {f.group}", words)]
    return named or [f for f in finds if _has_all(f"{f.note} {f.keywords}", words)]


def _has_all(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


class FindModel(QAbstractListModel):
    """Choices under the headings of their groups."""

    def __init__(self, mime: str, parent: QObject) -> None:
        super().__init__(parent)
        self._mime = mime
        self._lines: list[Find | str] = []

    def show_finds(self, finds: Sequence[Find]) -> None:
        """Offer these choices."""
        self.beginResetModel()
        self._lines = []
        group = ""
        for find in finds:
            if find.group != group:
                group = find.group
                self._lines += [group] if group else []
            self._lines.append(find)
        self.endResetModel()

    def find_at(self, index: AnyIndex) -> Find | None:
        """Return the choice in a line; None for a heading."""
        line = self._lines[index.row()] if index.isValid() else None
        return line if isinstance(line, Find) else None

    def heading_at(self, index: AnyIndex) -> str:
        """Return the heading in a line; empty for a choice."""
        line = self._lines[index.row()] if index.isValid() else ""
        return line if isinstance(line, str) else ""

    def row_of(self, value: str) -> int:
        """Return the line of a choice, -1 if it is not there."""
        rows = (n for n, f in enumerate(self._lines) if isinstance(f, Find) and f.value == value)
        return next(rows, -1)

    def finds(self) -> list[Find]:
        """Return the choices in order."""
        return [line for line in self._lines if isinstance(line, Find)]

    def rowCount(self, parent: AnyIndex = NO_PARENT) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return what a line shows, and what a screen reader says."""
        find = self.find_at(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.heading_at(index) if find is None else find.title
        if role == Qt.ItemDataRole.AccessibleTextRole and find is not None:
            return f"{find.title}. {find.note}"
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Return that choices can be marked and dragged, headings not."""
        if self.find_at(index) is None:
            return Qt.ItemFlag.NoItemFlags
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsDragEnabled if self._mime else plain

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return what a drag of a line carries."""
        content = QMimeData()
        find = self.find_at(indexes[0]) if indexes else None
        if find is not None:
            content.setData(self._mime, find.value.encode())
        return content


class FindPainter(QStyledItemDelegate):
    """Paints a heading in one small line, a choice in two."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return the height of a line, which is as wide as the list."""
        del option
        model = index.model()
        is_heading = isinstance(model, FindModel) and model.find_at(index) is None
        return QSize(0, HEADING if is_heading else LINE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint a line."""
        model = index.model()
        if not isinstance(model, FindModel):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        find, area = model.find_at(index), option.rect.adjusted(8, 0, -8, 0)
        if find is None:
            self._write(painter, area.adjusted(0, 8, 0, 0), model.heading_at(index), heading=True)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self._theme.tokens.accent_soft))
                painter.drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 6, 6)
            self._write_find(painter, area, find)
        painter.restore()

    def _write_find(self, painter: QPainter, area: QRect, find: Find) -> None:
        middle = area.top() + area.height() // 2
        upper = QRect(area.left(), area.top() + 3, area.width(), middle - area.top() - 2)
        painter.setFont(type_font())
        painter.setPen(QColor(self._theme.tokens.text))
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, find.title)
        lower = QRect(area.left(), middle, area.width(), area.bottom() - middle - 1)
        self._write(painter, lower, find.note)

    def _write(self, painter: QPainter, area: QRect, text: str, *, heading: bool = False) -> None:
        painter.setFont(type_font("small", bold=heading))
        painter.setPen(QColor(self._theme.tokens.muted))
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)


class FindList(QListView):
    """A list that goes out of the way when a line is dragged out of it.

    Signals:
        left: a drag has begun.
    """

    left = Signal()

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Tell that a drag begins, then carry it out."""
        content = self.model().mimeData([self.currentIndex()])
        self.left.emit()
        drag = QDrag(self)
        drag.setMimeData(content)
        drag.exec(actions)
