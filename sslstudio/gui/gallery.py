"""A grid of thumbnails that paints only what is in sight, so that 100,000 images scroll."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from sslstudio.gui.theme import Tokens, type_font
from sslstudio.gui.thumbnail import ROUNDING, thumbnail

GAP = 4
CAPTION_HEIGHT = 20
REMEMBERED = 800
TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class ThumbnailGrid(QAbstractScrollArea):
    """Square thumbnails in rows; arrow keys walk, enter and a click choose.

    Signals:
        activated: number of the image that was clicked or walked to.
        hovered: number of the image under the pointer; -1 when it leaves them.
    """

    activated = Signal(int)
    hovered = Signal(int)

    def __init__(
        self,
        tokens: Tokens,
        name: str = "Images",
        *,
        columns: int = 0,
        cell: int = 64,
        gap: int = GAP,
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty grid of `columns`, or of as many `cell` pixels wide as there is room."""
        super().__init__(parent)
        self._tokens = tokens
        self._columns_wanted = columns
        self._cell_wanted = cell
        self._gap = gap
        self._rows_fixed = 0
        self._images = np.empty((0, 3, 1, 1), dtype=np.uint8)
        self._indices = np.empty(0, dtype=np.int64)
        self._selected: np.ndarray | None = None
        self._caption: Callable[[int], str] | None = None
        self._current = -1
        self._under_pointer = -1
        self._pictures: OrderedDict[tuple[int, int], QPixmap] = OrderedDict()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}: arrow keys walk, enter chooses")

    def set_images(self, images: np.ndarray, indices: np.ndarray | None = None) -> None:
        """Show these of the images uint8 (n, c, h, w), in this order; all of them by default.

        `images` may be mapped from disk: only those in sight are read.
        """
        if images is not self._images:
            self._pictures.clear()
        self._images = images
        self._indices = np.arange(len(images)) if indices is None else np.asarray(indices)
        self._current = -1
        self._selected = None
        self._set_range()
        self.verticalScrollBar().setValue(0)
        self.setAccessibleDescription(f"{len(self._indices):,} images")
        self.viewport().update()

    def set_selected(self, mask: np.ndarray | None) -> None:
        """Mark the shown images for which `mask` (shown,) is true."""
        self._selected = mask
        self.viewport().update()

    def set_captions(self, caption: Callable[[int], str] | None) -> None:
        """Write under each image what `caption` says for its place in the grid."""
        self._caption = caption
        self._set_range()
        self.viewport().update()

    def fix_rows(self, rows: int) -> None:
        """Be exactly as high as so many rows, at any width."""
        self._rows_fixed = rows
        self.setFixedHeight(self.height_of(rows))

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.viewport().update()

    def indices(self) -> np.ndarray:
        """Return the numbers of the shown images in order."""
        return self._indices

    def current(self) -> int:
        """Return the number of the image that was walked to; -1 without one."""
        return int(self._indices[self._current]) if self._current >= 0 else -1

    def columns(self) -> int:
        """Return how many images stand in a row."""
        if self._columns_wanted:
            return self._columns_wanted
        return max(1, (self.viewport().width() + self._gap) // (self._cell_wanted + self._gap))

    def height_of(self, rows: int) -> int:
        """Return the height that shows so many rows at the present width."""
        return rows * self._row_height() - (0 if self._caption else self._gap)

    def sizeHint(self) -> QSize:
        """Ask for room for three rows."""
        return QSize(6 * self._cell_wanted, self.height_of(3))

    def _side(self) -> int:
        columns = self.columns()
        return max(1, (self.viewport().width() - (columns - 1) * self._gap) // columns)

    def _row_height(self) -> int:
        return self._side() + (CAPTION_HEIGHT if self._caption else self._gap)

    def _rows(self) -> int:
        return -(-len(self._indices) // self.columns())

    def _set_range(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self.height_of(self._rows()) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(1, self._row_height() // 2))

    def _cell(self, position: int) -> QRect:
        row, column = divmod(position, self.columns())
        side = self._side()
        # Rounding leaves a few pixels over; they go between the columns.
        spare = self.viewport().width() - self.columns() * side
        left = column * side + (spare * column // (self.columns() - 1) if column else 0)
        return QRect(left, row * self._row_height() - self.verticalScrollBar().value(), side, side)

    def _position_at(self, point: QPoint) -> int:
        row = (point.y() + self.verticalScrollBar().value()) // self._row_height()
        for position in range(row * self.columns(), (row + 1) * self.columns()):
            if 0 <= position < len(self._indices) and self._cell(position).contains(point):
                return position
        return -1

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the arrow keys would start."""
        super().focusInEvent(event)
        if self._current < 0 and len(self._indices) and event.reason() in TAB_REASONS:
            self._current = 0
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bar to the new size."""
        super().resizeEvent(event)
        if self._rows_fixed:
            self.setFixedHeight(self.height_of(self._rows_fixed))
        self._set_range()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows in sight."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self.verticalScrollBar().value()
        first = top // self._row_height() * self.columns()
        rows = self.viewport().height() // self._row_height() + 2
        last = min(len(self._indices), first + rows * self.columns())
        for position in range(first, last):
            self._paint_cell(painter, position)

    def _paint_cell(self, painter: QPainter, position: int) -> None:
        cell = self._cell(position)
        painter.drawPixmap(cell.topLeft(), self._picture(int(self._indices[position]), cell))
        tokens = self._tokens
        chosen = self._selected is not None and bool(self._selected[position])
        walked = position == self._current and self.hasFocus()
        if chosen or walked or position == self._under_pointer:
            strong = chosen or walked
            painter.setPen(QPen(QColor(tokens.accent), 2 if strong else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(cell).adjusted(1, 1, -1, -1), ROUNDING, ROUNDING)
        if self._caption is not None:
            painter.setFont(type_font("small", tabular=True))
            painter.setPen(QColor(tokens.muted))
            room = QRect(cell.left(), cell.bottom() + 1, cell.width(), CAPTION_HEIGHT - 4)
            words = painter.fontMetrics().elidedText(
                self._caption(position), Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)

    def _picture(self, index: int, cell: QRect) -> QPixmap:
        ratio = self.devicePixelRatioF()
        key = (index, round(cell.width() * ratio))
        if key not in self._pictures:
            self._pictures[key] = thumbnail(self._images[index], cell.width(), ratio)
            if len(self._pictures) > REMEMBERED:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which image is under the pointer."""
        self._hover(self._position_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that none is under the pointer any more."""
        super().leaveEvent(event)
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the image that is clicked."""
        position = self._position_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and position >= 0:
            self._walk_to(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk with the arrow keys, choose with enter."""
        page = max(1, self.viewport().height() // self._row_height()) * self.columns()
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns(),
            Qt.Key.Key_Down: self.columns(),
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self._indices),
            Qt.Key.Key_End: len(self._indices),
            Qt.Key.Key_Return: 0,
            Qt.Key.Key_Enter: 0,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not len(self._indices):
            super().keyPressEvent(event)
            return
        # The first key shows where one is; only then does it move.
        target = self._current + step if self._current >= 0 else 0
        self._walk_to(min(max(target, 0), len(self._indices) - 1))

    def _walk_to(self, position: int) -> None:
        self._current = position
        bar, cell = self.verticalScrollBar(), self._cell(position)
        if cell.top() < 0:
            bar.setValue(bar.value() + cell.top())
        elif cell.bottom() > self.viewport().height():
            below = self._row_height() - self._gap - self.viewport().height()
            bar.setValue(bar.value() + cell.top() + below)
        self.viewport().update()
        self.activated.emit(self.current())

    def _hover(self, position: int) -> None:
        if position != self._under_pointer:
            self._under_pointer = position
            self.viewport().update()
            self.hovered.emit(int(self._indices[position]) if position >= 0 else -1)
