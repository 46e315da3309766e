"""Rows of small pictures with words beside or under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from sslstudio.gui.design.brush import LEADING, Ink, pen, write
from sslstudio.gui.design.source import Pictures
from sslstudio.gui.theme import Theme

LABEL_WIDTH = 58
GAP = 6
ROW_GAP = 7
MOST_TILE = 120
LEAST_TILE = 36
ROUND = 6


@dataclass(frozen=True, slots=True)
class Row:
    """Pictures in a row, its word, and a word under each picture if there is more to say."""

    word: str
    pictures: Sequence[Pictures]  # each (height, width, 3)
    captions: Sequence[str] = ()


class PictureStrip(QWidget):
    """Shows rows of pictures in columns.

    Signals:
        hovered: number of the column under the pointer, -1 outside.
        picked: number of the column that was clicked.
    """

    hovered = Signal(int)
    picked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[tuple[str, list[QImage], Sequence[str]]] = []
        self._column = -1
        self._ready: dict[tuple[int, int, float], QPixmap] = {}
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._repaint)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows instead of the present ones."""
        self._rows = [
            (row.word, [image_of(picture) for picture in row.pictures], row.captions)
            for row in rows
        ]
        self._ready = {}
        self.setMinimumHeight(self.minimumSizeHint().height())
        self.update()

    @property
    def words(self) -> list[str]:
        """The words of the rows."""
        return [word for word, _pictures, _captions in self._rows]

    @property
    def captions(self) -> list[str]:
        """The words under the pictures of the first row."""
        return list(self._rows[0][2]) if self._rows else []

    def columns_for(self, rows: int) -> int:
        """Return how many columns find room if there are so many rows."""
        tile = self._tile(rows)
        return max(1, int((self.width() - LABEL_WIDTH + GAP) // (tile + GAP)))

    def minimumSizeHint(self) -> QSize:
        """Return the room for all rows at their smallest."""
        rows = max(1, len(self._rows))
        captioned = any(captions for _word, _pictures, captions in self._rows)
        high = LEAST_TILE + (LEADING + 2 if captioned else 0)
        return QSize(LABEL_WIDTH + 4 * (LEAST_TILE + GAP), int(rows * high + (rows - 1) * ROW_GAP))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint words and pictures."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        muted = Ink(self._theme.tokens.muted)
        for number, (word, pictures, captions) in enumerate(self._rows):
            first = self._place(number, 0)
            label = QRectF(0, first.top(), LABEL_WIDTH - 8, first.height())
            write(painter, label, word, muted)
            for column in range(len(pictures)):
                place = self._place(number, column)
                painter.drawPixmap(place.topLeft(), self._pixmap(number, column, place))
            for column, caption in enumerate(captions):
                self._paint_caption(painter, self._place(number, column), caption)
        self._paint_column(painter)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which column is under the pointer."""
        self._hover(self._column_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that none is."""
        super().leaveEvent(event)
        self._hover(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell which column was clicked."""
        column = self._column_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and column >= 0:
            self.picked.emit(column)

    def _repaint(self, _tokens: object) -> None:
        self.update()

    def _hover(self, column: int) -> None:
        if column != self._column:
            self._column = column
            self.hovered.emit(column)
            self.update()

    def _captioned(self) -> bool:
        return any(captions for _word, _pictures, captions in self._rows)

    def _tile(self, rows: int) -> float:
        under = LEADING + 2 if self._captioned() else 0
        room = (self.height() - (rows - 1) * ROW_GAP) / rows - under
        return max(float(LEAST_TILE), min(float(MOST_TILE), room))

    def _place(self, row: int, column: int) -> QRectF:
        tile = self._tile(max(1, len(self._rows)))
        under = LEADING + 2 if self._captioned() else 0
        most = max((len(pictures) for _w, pictures, _c in self._rows), default=1)
        pitch = (self.width() - LABEL_WIDTH + GAP) / max(1, most)
        # Columns spread over the whole width unless that would leave gaps like missing teeth.
        pitch = min(pitch, tile * 1.12 + GAP) if most * (tile + GAP) < self.width() else pitch
        wide = min(tile, pitch - GAP)
        x = LABEL_WIDTH + column * pitch
        return QRectF(x, row * (tile + under + ROW_GAP), wide, wide if under else tile)

    def _column_at(self, pointer: QPointF) -> int:
        for number, (_word, pictures, _captions) in enumerate(self._rows):
            for column in range(len(pictures)):
                if self._place(number, column).contains(pointer):
                    return column
        return -1

    def _pixmap(self, row: int, column: int, place: QRectF) -> QPixmap:
        """Return a picture at its size on the screen with round corners, made once."""
        # Scaling and clipping cost 1.2 ms a picture, too much for each repaint of sixty.
        ratio = self.devicePixelRatioF()
        side = min(place.width(), place.height()) * ratio
        key = (row, column, side)
        if key not in self._ready:
            made = _rounded(self._rows[row][1][column], side, ROUND * ratio)
            made.setDevicePixelRatio(ratio)
            self._ready[key] = made
        return self._ready[key]

    def _paint_caption(self, painter: QPainter, rect: QRectF, caption: str) -> None:
        under = QRectF(rect.left(), rect.bottom() + 2, rect.width() + GAP - 2, LEADING)
        write(painter, under, caption, Ink(self._theme.tokens.muted))

    def _paint_column(self, painter: QPainter) -> None:
        if self._column < 0:
            return
        painter.setPen(pen(self._theme.tokens.accent, 2))
        painter.setBrush(QColor(Qt.GlobalColor.transparent))
        for number, (_word, pictures, _captions) in enumerate(self._rows):
            if self._column < len(pictures):
                rect = self._place(number, self._column)
                side = min(rect.width(), rect.height())
                painter.drawRoundedRect(QRectF(rect.left(), rect.top(), side, side), ROUND, ROUND)


def _rounded(picture: QImage, side: float, radius: float) -> QPixmap:
    result = QPixmap(round(side), round(side))
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    clip = QPainterPath()
    clip.addRoundedRect(QRectF(result.rect()), radius, radius)
    painter.setClipPath(clip)
    painter.drawImage(QRectF(result.rect()), picture)
    painter.end()
    return result


def image_of(picture: Pictures) -> QImage:
    """Return a picture that owns its pixels  # (height, width, 3)."""
    height, width, _channels = picture.shape
    pixels = picture.tobytes()
    return QImage(pixels, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
