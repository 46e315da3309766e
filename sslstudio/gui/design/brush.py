"""Type, text and rounded shapes as every item of the canvas paints them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from sslstudio.gui.theme import type_font

LEADING = 14.0
DOT = 6.0


@dataclass(frozen=True, slots=True)
class Ink:
    """How a text is written: colour, size by name in the type scale, weight, alignment."""

    colour: str
    size: str = "small"
    bold: bool = False
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft

    def font(self) -> QFont:
        """Return the application's font at this size and weight."""
        return type_font(self.size, bold=self.bold, tabular=True)

    def width(self, text: str) -> float:
        """Return how wide a text would be."""
        return QFontMetricsF(self.font()).horizontalAdvance(text)


def write(painter: QPainter, rect: QRectF, text: str, ink: Ink) -> None:
    """Write one line, shortened with an ellipsis where it does not fit."""
    painter.setFont(ink.font())
    painter.setPen(QColor(ink.colour))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
    painter.drawText(rect, int(ink.align | Qt.AlignmentFlag.AlignVCenter), shown)


def write_lines(painter: QPainter, rect: QRectF, text: str, ink: Ink) -> None:
    """Write as many lines as the rectangle holds; the last one is shortened."""
    room = max(1, int(rect.height() // LEADING))
    for number, line in enumerate(wrapped(text, rect.width(), room, ink)):
        top = rect.top() + number * LEADING
        write(painter, QRectF(rect.left(), top, rect.width(), LEADING), line, ink)


def wrapped(text: str, width: float, most: int, ink: Ink) -> list[str]:
    """Return a text in lines of at most this width; what is left over stays in the last line."""
    lines: list[str] = []
    words = text.split(" ")
    while words:
        line = words.pop(0)
        last = len(lines) == most - 1
        while words and (last or ink.width(f"{line} {words[0]}") <= width):
            line = f"{line} {words.pop(0)}"
        lines.append(line)
    return lines


def box(painter: QPainter, rect: QRectF, radius: float, fill: str | QColor, pen: QPen) -> None:
    """Paint a rectangle with round corners, its outline inside the rectangle."""
    painter.setPen(pen)
    painter.setBrush(QColor(fill))
    half = pen.widthF() / 2 if pen.style() != Qt.PenStyle.NoPen else 0.0
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)


def pen(colour: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen with round ends."""
    made = QPen(QColor(colour), width, style)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


def dot(painter: QPainter, centre: QPointF, colour: str) -> None:
    """Paint the dot that stands before a word of state."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(centre, DOT / 2, DOT / 2)
