"""Words and numbers in the window's few text roles."""

from __future__ import annotations

from html import escape
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

Role = Literal[
    "body", "display", "title", "section", "strong", "muted", "small", "number", "value", "alarm"
]

LINE_HEIGHT = 19


def text_label(text: str, role: Role = "body", *, wrap: bool = False) -> QLabel:
    """Return a label in one of the window's text roles; numbers stand in fixed-width figures."""
    label = Paragraph(text) if wrap else QLabel(text)
    label.setProperty("role", role)
    if not wrap:
        label.setTextFormat(Qt.TextFormat.PlainText)
    if role in ("number", "value"):
        use_tabular_figures(label)
    return label


class Paragraph(QLabel):
    """Sentences that wrap, with room between their lines."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._plain = ""
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setText(text)

    def text(self) -> str:
        """Return the words."""
        return self._plain

    def setText(self, text: str) -> None:
        """Show other words."""
        self._plain = text
        self.setAccessibleName(text)
        super().setText(spaced(escape(text)) if text else "")


def spaced(markup: str) -> str:
    """Return marked-up text with the line height of running text."""
    return f'<div style="line-height:{LINE_HEIGHT}px">{markup}</div>'


def use_tabular_figures(widget: QWidget) -> None:
    """Give every digit of a widget the same width, so that changing numbers do not jump."""
    font = QFont(widget.font())
    font.setFeature(QFont.Tag("tnum"), 1)
    widget.setFont(font)


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let the new style show."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class ElidedLabel(QFrame):
    """One line of text that ends in an ellipsis where there is no room, whole in its tooltip."""

    def __init__(self, text: str = "", role: Role = "body", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return the whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self._explain()
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Ask for room for the whole text."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._text) + 1, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Accept a few characters' room."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.averageCharWidth() * 4, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the tooltip only where the text is cut."""
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        super().paintEvent(event)
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)

    def _explain(self) -> None:
        cut = QFontMetrics(self.font()).horizontalAdvance(self._text) > self.width()
        self.setToolTip(self._text if cut else "")
