"""A list to choose from by typing, above the rest of the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.gui.design.find_list import AnyIndex, Find, FindList, FindModel, FindPainter, found
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.search_field import SearchField

MARGIN = 12
MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}


class Finder(Panel):
    """A search field over a list, and beside it room for more about the marked line.

    Signals:
        picked: the value of the line that the user chose.
        marked: the value of the line under the keyboard's mark; empty if there is none.
    """

    picked = Signal(str)
    marked = Signal(str)

    def __init__(self, name: str, theme: Theme, *, mime: str = "") -> None:
        super().__init__("over", margin=MARGIN - 4, spacing=6)
        self.setAccessibleName(name)
        self._finds: tuple[Find, ...] = ()
        self._focus_before: QWidget | None = None
        self._model = FindModel(mime, self)
        self.field = SearchField(f"Search {name.lower()}", "Type a few letters; arrows and Enter")
        self.list = FindList()
        self.list.setModel(self._model)
        self.list.setItemDelegate(FindPainter(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(name)
        self.list.setToolTip("Enter chooses the marked line")
        self.list.setDragEnabled(bool(mime))
        self.list.clicked.connect(self._pick)
        self.list.left.connect(self.close_finder)
        self.list.selectionModel().currentChanged.connect(self._tell)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._row = QHBoxLayout()
        self._row.setSpacing(MARGIN)
        self._row.addWidget(self.list, 1)
        self.body.addWidget(self.field)
        self.body.addLayout(self._row, 1)
        self.hide()

    def set_finds(self, finds: Sequence[Find]) -> None:
        """Offer these choices, grouped as they come."""
        self._finds = tuple(finds)
        self._search("")

    def add_side(self, widget: QWidget, width: int) -> None:
        """Put more about the marked line beside the list."""
        widget.setFixedWidth(width)
        self._row.addWidget(widget)

    def shown_values(self) -> list[str]:
        """Return the values in the list, in order."""
        return [find.value for find in self._model.finds()]

    def open_below(self, anchor: QWidget, size: QSize, current: str = "") -> None:
        """Show all choices below a widget, ready for typing."""
        window = anchor.window()
        self.setParent(window)
        focused: QWidget | None = window.focusWidget()
        self._focus_before = anchor if focused is None else focused
        self.field.clear()
        self._search("")
        corner = anchor.mapTo(window, QPoint(0, anchor.height() + 4))
        left = min(corner.x(), window.width() - size.width() - MARGIN)
        high = min(size.height(), window.height() - corner.y() - MARGIN)
        self.setGeometry(max(left, MARGIN), corner.y(), size.width(), high)
        self.show()
        self.raise_()
        self.field.setFocus()
        self._mark(max(self._model.row_of(current), 0))

    def close_finder(self) -> None:
        """Hide the list and give the focus back."""
        self.hide()
        if self._focus_before is not None:
            self._focus_before.setFocus()
            self._focus_before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move in the list; close when the keyboard goes elsewhere."""
        if watched is self.field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._took(event)
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._focus_before = None
            self.hide()
        return super().eventFilter(watched, event)

    def _took(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_finder()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick(self.list.currentIndex())
        elif key in MOVES:
            self._mark(self.list.currentIndex().row() + MOVES[key], MOVES[key])
        else:
            return False
        return True

    def _search(self, query: str) -> None:
        self._model.show_finds(found(self._finds, query))
        self._mark(0)

    def _mark(self, row: int, way: int = 1) -> None:
        """Mark a line, or the next one in this direction if that is a heading."""
        last = self._model.rowCount() - 1
        row = min(max(row, 0), last)
        index = self._model.index(row)
        if last >= 0 and self._model.find_at(index) is None:
            row = row + 1 if way > 0 or row == 0 else row - 1
            index = self._model.index(row)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)
        if row == 1:
            self.list.scrollToTop()

    def _tell(self, index: AnyIndex) -> None:
        find = self._model.find_at(index)
        self.marked.emit("" if find is None else find.value)

    def _pick(self, index: AnyIndex) -> None:
        find = self._model.find_at(index)
        if find is not None:
            self.close_finder()
            self.picked.emit(find.value)
