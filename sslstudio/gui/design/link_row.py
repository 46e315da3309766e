"""A line of the inspector that leads to a part of the recipe."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from sslstudio.gui.theme import type_font

HEIGHT = 36
INSET = 8


class LinkRow(QAbstractButton):
    """A title over a quieter line of words, both shortened where there is no room."""

    def __init__(self, title: str, words: str, tooltip: str = "") -> None:
        super().__init__()
        self.words = words
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self.setToolTip(tooltip or f"{title}: {words}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """Ask for two lines."""
        return QSize(120, HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Treat Enter like a click."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, title and words."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, colours = QPalette.ColorRole, self.palette()
        ground = colours.color(roles.Midlight if self.underMouse() else roles.Base)
        outline = QPen(colours.color(roles.Accent), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen
        painter.setPen(outline)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        inner = QRectF(self.rect()).adjusted(INSET, 2, -INSET, -2)
        half = inner.height() / 2
        upper, lower = inner.adjusted(0, 0, 0, -half), inner.adjusted(0, half, 0, 0)
        self._write(painter, upper, self.text(), "body", roles.Text)
        self._write(painter, lower, self.words, "small", roles.PlaceholderText)

    def _write(
        self, painter: QPainter, area: QRectF, text: str, size: str, role: QPalette.ColorRole
    ) -> None:
        painter.setFont(type_font(size))
        painter.setPen(self.palette().color(role))
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
