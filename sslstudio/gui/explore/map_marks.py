"""What is drawn over a map's points: the lasso and rings."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from sslstudio.gui.theme import Tokens

RING_RADIUS = 6.0


def paint_lasso(painter: QPainter, line: QPolygonF | None, tokens: Tokens) -> None:
    """Paint a dashed outline with a pale fill, if there is one."""
    if line is None:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.accent_soft))
    painter.drawPolygon(line)
    pen = QPen(QColor(tokens.accent), 1.5)
    pen.setDashPattern([4, 2.5])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(line)


def paint_rings(painter: QPainter, places: np.ndarray, colour: str, width: float) -> None:
    """Paint a ring around each place (n, 2)."""
    painter.setPen(QPen(QColor(colour), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for x, y in places.tolist():
        painter.drawEllipse(QPointF(x, y), RING_RADIUS, RING_RADIUS)
