"""The small card that shows the image behind a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from sslstudio.gui.explore.source import Embedded
from sslstudio.gui.theme import RADIUS, Tokens, type_font
from sslstudio.gui.thumbnail import thumbnail

PICTURE_SIDE = 80
MARGIN = 12
LINE_HEIGHT = 14
ABOVE_POINT = 10


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What is known about a point: its image uint8 (c, h, w), its class and a few more words."""

    image: np.ndarray
    title: str
    details: tuple[str, ...]


def facts_of(embedded: Embedded, place: int, images: np.ndarray, more: str) -> PointFacts:
    """Return what is known about an embedded image, and what else the map says of it."""
    number, label = int(embedded.images[place]), int(embedded.table.labels[place])
    name = embedded.table.class_names[label] if label >= 0 else "no class"
    details = (f"no. {number:,}", more) if more else (f"no. {number:,}",)
    return PointFacts(images[number], name, details)


class HoverCard(QWidget):
    """A thumbnail with class and number, placed above its point and inside its parent."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage = parent
        self._tokens = tokens
        self._picture = QPixmap()
        self._lines: tuple[str, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def lines(self) -> tuple[str, ...]:
        """Return the words that are shown."""
        return self._lines

    def show_facts(self, facts: PointFacts, place: QPointF) -> None:
        """Show a point's facts above its place in the parent."""
        self._picture = thumbnail(facts.image, PICTURE_SIDE, self.devicePixelRatioF(), 2)
        self._lines = (facts.title, *facts.details)
        self.resize(self._room())
        room = self._stage.rect()
        left = round(place.x() - self.width() / 2)
        top = round(place.y() - self.height() - ABOVE_POINT)
        if top < room.top() + 4:
            top = round(place.y() + ABOVE_POINT)
        corner = QPoint(
            min(max(left, 4), room.width() - self.width() - 4),
            min(max(top, 4), room.height() - self.height() - 4),
        )
        self.setGeometry(QRect(corner, self.size()))
        self.update()
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._tokens.line), 1))
        painter.setBrush(QColor(self._tokens.panel))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        painter.drawPixmap(MARGIN, MARGIN - 2, self._picture)
        painter.setFont(type_font("small", tabular=True))
        top = MARGIN + PICTURE_SIDE + 2
        for row, line in enumerate(self._lines):
            painter.setPen(QColor(self._tokens.text if row == 0 else self._tokens.muted))
            room = QRectF(
                MARGIN, top + row * LINE_HEIGHT, self.width() - 2 * MARGIN + 4, LINE_HEIGHT
            )
            words = painter.fontMetrics().elidedText(
                line, Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    def _room(self) -> QSize:
        metrics = QFontMetrics(type_font("small", tabular=True))
        widest = max(metrics.horizontalAdvance(line) for line in self._lines)
        width = min(max(PICTURE_SIDE, widest), 2 * PICTURE_SIDE) + 2 * MARGIN
        return QSize(width, PICTURE_SIDE + len(self._lines) * LINE_HEIGHT + 2 * MARGIN - 2)
