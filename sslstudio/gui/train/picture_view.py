"""One small picture of a run, with a mark where it is an answer that can be right."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QToolTip, QWidget

from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.exhibits import Picture

ROUNDING = 6.0
MARK_SIDE = 13.0
ENLARGED = 192
"""Side in pixels when looked at closely: small images are shown several times as large."""
SHOWN_FOR = 60_000
"""Milliseconds that a picture enlarged by a key stays; the next key or click takes it away."""
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ENLARGING = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PictureView(QWidget):
    """A picture with rounded corners, its pixels left square; pointer and Space enlarge it."""

    arrow_pressed = Signal(int, int)
    """An arrow key asks for the picture so many to the right and so many down."""

    def __init__(self, side: int, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._tokens = tokens
        self._picture = QPixmap()
        self.mark: bool | None = None
        self.setFixedSize(side, side)
        self.setAccessibleDescription("Space enlarges it; arrow keys go to the other pictures.")

    def sizeHint(self) -> QSize:
        """Return the fixed size."""
        return QSize(self._side, self._side)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def show_picture(self, picture: Picture, name: str, *, mark: bool | None = None) -> None:
        """Show a picture  # uint8 (height, width, 3), right, wrong or neither."""
        height, width, _ = picture.shape
        image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture = QPixmap.fromImage(image.copy())
        self.mark = mark
        verdict = "" if mark is None else ", right" if mark else ", wrong"
        self.setAccessibleName(name + verdict)
        self.setToolTip(f"{name}{verdict}, {width} \u00d7 {height} px")
        self.update()

    def event(self, event: QEvent) -> bool:
        """Show the picture large together with its words when the pointer rests on it."""
        if isinstance(event, QHelpEvent) and not self._picture.isNull():
            QToolTip.showText(event.globalPos(), self.enlarged(), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enlarge the picture, or let the arrow keys leave it."""
        key = Qt.Key(event.key())
        if key in ENLARGING:
            self.enlarge()
        elif key in ARROWS:
            self.arrow_pressed.emit(*ARROWS[key])
        else:
            super().keyPressEvent(event)

    def enlarge(self) -> None:
        """Show the picture large beside itself, with its words."""
        corner = self.mapToGlobal(self.rect().bottomLeft())
        QToolTip.showText(corner, self.enlarged(), self, self.rect(), SHOWN_FOR)

    def enlarged(self) -> str:
        """Return the large picture and its words as the text of a tooltip."""
        large = self._picture.scaled(
            QSize(ENLARGED, ENLARGED),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.FastTransformation,
        )
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        large.save(buffer, "PNG")
        data = bytes(buffer.data().toBase64().data()).decode()
        return f'<img src="data:image/png;base64,{data}"><br>{self.toolTip()}'

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture over the whole square, small ones without blur."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._picture.width() > self._side:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()), ROUNDING, ROUNDING)
        painter.setClipPath(frame)
        painter.drawPixmap(self.rect(), self._picture)
        painter.setClipping(False)
        if self.mark is not None:
            self._paint_mark(painter, right=self.mark)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), ROUNDING, ROUNDING)

    def _paint_mark(self, painter: QPainter, *, right: bool) -> None:
        """Paint a tick or a cross on a disc in the lower right corner."""
        corner = QPointF(self._side - MARK_SIDE, self._side - MARK_SIDE)
        disc = QRectF(corner, QSize(round(MARK_SIDE), round(MARK_SIDE)).toSizeF())
        painter.setPen(QPen(QColor(self._tokens.panel), 1.5))
        painter.setBrush(QColor(self._tokens.ok if right else self._tokens.alarm))
        painter.drawEllipse(disc.adjusted(0.75, 0.75, -0.75, -0.75))
        pen = QPen(QColor(self._tokens.panel), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        strokes = ((3.8, 6.9, 5.8, 8.9), (5.8, 8.9, 9.3, 4.6))
        if not right:
            strokes = ((4.6, 4.6, 8.4, 8.4), (8.4, 4.6, 4.6, 8.4))
        for x1, y1, x2, y2 in strokes:
            painter.drawLine(corner + QPointF(x1, y1), corner + QPointF(x2, y2))
