"""Rows of small pictures with words beside or under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from sslstudio.gui.design.brush import LEADING, Ink, pen, wrapped, write
from sslstudio.gui.design.source import Pictures
from sslstudio.gui.theme import Theme

LABEL_WIDTH = 58
GAP = 6
ROW_GAP = 7
MOST_TILE = 120
LEAST_TILE = 36
ROUND = 6
MOST_ROWS = 4
"""Rows that share the height; more are reached by scrolling."""
LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """Pictures in a row, its word, and a word under each picture if there is more to say."""

    word: str
    pictures: Sequence[Pictures]  # each (height, width, 3)
    captions: Sequence[str] = ()
    share: float = 1.0
    """Side of a picture against the largest row's, so that small views look small."""


@dataclass(frozen=True, slots=True)
class _Line:
    row: Row
    pictures: tuple[QImage, ...]
    top: float
    side: float


class PictureStrip(QWidget):
    """Shows rows of pictures in columns; what does not fit is reached by scrolling.

    Signals:
        hovered: number of the column under the pointer or the keyboard's mark, -1 outside.
        picked: number of the column that was clicked, or chosen with Enter.
    """

    hovered = Signal(int)
    picked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[tuple[Row, tuple[QImage, ...]]] = []
        self._lines: list[_Line] = []
        self._high = 0
        self._column = -1
        self._ready: dict[tuple[int, int, float], QPixmap] = {}
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Pictures of the preview")
        self.setToolTip("Click a column, or arrows and Enter, to step through that image")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._repaint)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows instead of the present ones."""
        self._rows = [(row, tuple(image_of(picture) for picture in row.pictures)) for row in rows]
        self._ready = {}
        self._arrange()

    def set_room(self, height: int) -> None:
        """Share out this height; rows that find no room in it are reached by scrolling."""
        if height != self._high:
            self._high = height
            self._arrange()

    @property
    def words(self) -> list[str]:
        """The words of the rows."""
        return [row.word for row, _pictures in self._rows]

    @property
    def captions(self) -> list[str]:
        """The words under the pictures of the first row."""
        return list(self._rows[0][0].captions) if self._rows else []

    def picture_places(self) -> list[list[QRectF]]:
        """Return where each row's pictures stand."""
        return [
            [self._place(line, column) for column in range(len(line.pictures))]
            for line in self._lines
        ]

    def columns_for(self, rows: int) -> int:
        """Return how many columns find room if there are so many rows."""
        side = self._side(min(rows, MOST_ROWS), captioned=False)
        return max(1, int((self.width() - LABEL_WIDTH + GAP) // (side + GAP)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the rows out anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint words and pictures, as far as they are in sight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        muted, seen = Ink(self._theme.tokens.muted), QRectF(event.rect())
        for number, line in enumerate(self._lines):
            label = QRectF(0, line.top, LABEL_WIDTH - 8, line.side)
            if not label.adjusted(0, 0, self.width(), 2 * LEADING).intersects(seen):
                continue
            self._paint_word(painter, label, line.row.word)
            for column in range(len(line.pictures)):
                place = self._place(line, column)
                painter.drawPixmap(place.topLeft(), self._pixmap(number, column, place))
            for column, caption in enumerate(line.row.captions):
                place = self._place(line, column)
                under = QRectF(place.left(), place.bottom() + 2, place.width() + GAP - 2, LEADING)
                write(painter, under, caption, muted)
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk along the columns and choose one; other keys scroll."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and self._rows:
            last = max(len(pictures) for _row, pictures in self._rows) - 1
            self._hover(min(max(self._column + step, 0), last))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._column >= 0:
            self.picked.emit(self._column)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the keyboard's mark away."""
        super().focusOutEvent(event)
        self._hover(-1)

    def _repaint(self, _tokens: object) -> None:
        self.update()

    def _hover(self, column: int) -> None:
        if column != self._column:
            self._column = column
            self.hovered.emit(column)
            self.update()

    def _side(self, rows: int, *, captioned: bool) -> float:
        under = LEADING + 2 if captioned else 0
        room = (self._high - (rows - 1) * ROW_GAP) / max(rows, 1) - under
        return max(float(LEAST_TILE), min(float(MOST_TILE), room))

    def _arrange(self) -> None:
        """Find the rows' places; the widget becomes as high as they need."""
        captioned = any(row.captions for row, _pictures in self._rows)
        whole = sum(max(row.share, LEAST_SHARE) for row, _pictures in self._rows)
        side = self._side(max(1, min(MOST_ROWS, round(whole + 0.49))), captioned=captioned)
        self._lines, top = [], 0.0
        for row, pictures in self._rows:
            own = side * max(row.share, LEAST_SHARE)
            self._lines.append(_Line(row, pictures, top, own))
            top += own + (LEADING + 2 if captioned else 0) + ROW_GAP
        self.setMinimumHeight(max(0, int(top - ROW_GAP)))
        self.update()

    def _place(self, line: _Line, column: int) -> QRectF:
        side = max((one.side for one in self._lines), default=line.side)
        most = max((len(one.pictures) for one in self._lines), default=1)
        pitch = (self.width() - LABEL_WIDTH + GAP) / max(1, most)
        # Columns spread over the whole width unless that would leave gaps like missing teeth.
        pitch = min(pitch, side * 1.12 + GAP) if most * (side + GAP) < self.width() else pitch
        own = min(line.side, (pitch - GAP) * line.side / side)
        return QRectF(LABEL_WIDTH + column * pitch, line.top, own, own)

    def _column_at(self, pointer: QPointF) -> int:
        for line in self._lines:
            for column in range(len(line.pictures)):
                if self._place(line, column).contains(pointer):
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

    def _paint_word(self, painter: QPainter, area: QRectF, word: str) -> None:
        ink = Ink(self._theme.tokens.muted)
        lines = wrapped(word, area.width(), max(1, int(area.height() // LEADING)), ink)
        top = area.center().y() - LEADING * len(lines) / 2
        for number, line in enumerate(lines):
            write(painter, QRectF(0, top + number * LEADING, area.width(), LEADING), line, ink)

    def _paint_column(self, painter: QPainter) -> None:
        if self._column < 0:
            return
        painter.setPen(pen(self._theme.tokens.accent, 2))
        painter.setBrush(QColor(Qt.GlobalColor.transparent))
        for line in self._lines:
            if self._column < len(line.pictures):
                painter.drawRoundedRect(self._place(line, self._column), ROUND, ROUND)


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
