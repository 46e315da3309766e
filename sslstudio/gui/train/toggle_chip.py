"""A chip that can be pressed: a quiet switch that does not compete with buttons."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from sslstudio.gui.theme import Tokens, type_font

HEIGHT = 24
DOT = 7
DOT_ROOM = 13
PADDING = 10


class ToggleChip(QAbstractButton):
    """Short text on a rounded ground, in accent while checked; may carry a coloured dot."""

    def __init__(
        self, text: str, tokens: Tokens, tooltip: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._dot: QColor | None = None
        self._widest = text
        self.setText(text)
        self.setFont(type_font("small", tabular=True))
        self.setToolTip(tooltip or text)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def set_dot(self, colour: QColor | None) -> None:
        """Show a dot in this colour before the text; None for no dot."""
        self._dot = colour
        self.updateGeometry()
        self.update()

    def reserve(self, texts: tuple[str, ...]) -> None:
        """Keep room for the longest of these, so that a change of text moves nothing."""
        metrics = QFontMetrics(self.font())
        self._widest = max(texts, key=metrics.horizontalAdvance)
        self.updateGeometry()

    def rename(self, text: str) -> None:
        """Show another text."""
        self.setText(text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        """Return room for the widest text and the dot."""
        width = QFontMetrics(self.font()).horizontalAdvance(self._widest)
        return QSize(width + 2 * PADDING + (DOT_ROOM if self._dot else 0), HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, dot and text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, chosen = self._tokens, self.isChecked()
        ground = (
            tokens.accent_soft if chosen else tokens.hover if self.underMouse() else tokens.soft
        )
        painter.setBrush(QColor(ground))
        painter.setPen(QPen(QColor(tokens.accent), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        if self._dot is not None:
            painter.setPen(QPen(self._dot, 1.5))
            painter.setBrush(self._dot if chosen else Qt.BrushStyle.NoBrush)
            centre = QPointF(PADDING + DOT / 2, self.height() / 2)
            painter.drawEllipse(centre, DOT / 2 - 0.5, DOT / 2 - 0.5)
            area.setLeft(PADDING + DOT_ROOM - 2)
            area.setRight(area.right() - PADDING + 2)
        painter.setPen(QColor(tokens.accent if chosen and self._dot is None else tokens.muted))
        if chosen and self._dot is not None:
            painter.setPen(QColor(tokens.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text())
