"""The program's mark: a rounded square from blue to green."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPixmap

from sslstudio.gui.class_palette import CLASS_COLOURS
from sslstudio.gui.tokens import LIGHT

ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


def paint_mark(painter: QPainter, area: QRectF) -> None:
    """Draw the mark into an area."""
    gradient = QLinearGradient(area.topLeft(), area.bottomRight())
    gradient.setColorAt(0.0, QColor(LIGHT.accent))
    gradient.setColorAt(1.0, QColor(CLASS_COLOURS[2]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    radius = area.width() * 0.22
    painter.drawRoundedRect(area, radius, radius)


def mark_icon() -> QIcon:
    """Return the mark as the window's icon."""
    icon = QIcon()
    for size in ICON_SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_mark(painter, QRectF(QPointF(0, 0), pixmap.size().toSizeF()))
        painter.end()
        icon.addPixmap(pixmap)
    return icon
