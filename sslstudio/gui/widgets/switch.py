"""A switch for what is on or off."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget


class Switch(QAbstractButton):
    """A knob in a groove: left and grey is off, right and coloured is on."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the switch's one size."""
        return QSize(34, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw groove, knob and focus ring."""
        roles = QPalette.ColorRole
        on = self.isChecked() and self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(roles.Highlight), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(roles.Highlight if on else roles.Dark))
        painter.drawRoundedRect(QRectF(4, 4, 26, 12), 6, 6)
        painter.setBrush(self.palette().color(roles.Base))
        left = 20 if self.isChecked() else 6
        painter.drawEllipse(QRectF(left, 6, 8, 8))
