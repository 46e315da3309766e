"""The legend in the map's corner: names with dots to hide and isolate, or a bar of colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from sslstudio.gui.explore.colouring import COLOURED_CLASSES, Colouring
from sslstudio.gui.theme import Tokens, type_font
from sslstudio.gui.widgets.text import text_label

ROW_HEIGHT = 14
DOT = 8.0
TEXT_LEFT = 14
BAR_SIZE = QSize(140, 8)
WIDEST = 160


class LegendEntry(QAbstractButton):
    """A class with its dot; hollow and pale while the class is hidden.

    Signals:
        isolated: it was double-clicked.
    """

    isolated = Signal()

    def __init__(self, name: str, colour: str, tokens: Tokens) -> None:
        super().__init__()
        self._colour = QColor(colour)
        self._tokens = tokens
        self.setText(name)
        self.setFont(type_font("small"))
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"Show {name}")
        self.setToolTip(f"{name}: click hides it or shows it, double-click shows it alone")

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the dot and the name, within reason."""
        width = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(TEXT_LEFT + min(width, WIDEST) + 2, ROW_HEIGHT)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show this class alone."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.isolated.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the dot and the name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen if shown else QPen(self._colour, 1.2))
        painter.setBrush(self._colour if shown else Qt.BrushStyle.NoBrush)
        side = DOT / 2 if shown else DOT / 2 - 0.6
        painter.drawEllipse(QPointF(DOT / 2, self.height() / 2), side, side)
        tokens = self._tokens
        strong = self.underMouse() or self.hasFocus()
        painter.setPen(QColor(tokens.accent if strong else tokens.text if shown else tokens.muted))
        room = QRectF(self.rect()).adjusted(TEXT_LEFT, 0, 0, 0)
        words = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)


class ColourBar(QWidget):
    """What the colours of a continuous colouring mean."""

    def __init__(self, colouring: Colouring, tokens: Tokens) -> None:
        super().__init__()
        self._colouring = colouring
        self._tokens = tokens
        self.setFont(type_font("small", tabular=True))
        self._ends = tuple(_short(value) for value in colouring.span)
        self.setAccessibleName(f"{colouring.label}, from {self._ends[0]} to {self._ends[1]}")
        self.setToolTip(f"{colouring.label}: values beyond the ends have the colour of the end")

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the bar between its name and its numbers."""
        words = QFontMetrics(self.font()).horizontalAdvance(self._colouring.label)
        width = max(BAR_SIZE.width(), words + 2)
        return QSize(width, 2 * ROW_HEIGHT + BAR_SIZE.height() + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint name, bar and numbers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = QRectF(0, ROW_HEIGHT + 3, BAR_SIZE.width(), BAR_SIZE.height())
        fill = QLinearGradient(bar.topLeft(), bar.topRight())
        ramp = self._colouring.ramp
        for level in range(0, len(ramp), 15):
            fill.setColorAt(level / (len(ramp) - 1), QColor(*ramp[level]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(bar, 4, 4)
        painter.setPen(QColor(self._tokens.text))
        above = QRectF(0, 0, self.width(), ROW_HEIGHT)
        painter.drawText(above, Qt.AlignmentFlag.AlignVCenter, self._colouring.label)
        below = QRectF(0, bar.bottom() + 3, bar.width(), ROW_HEIGHT)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(below, middle | Qt.AlignmentFlag.AlignLeft, self._ends[0])
        painter.drawText(below, middle | Qt.AlignmentFlag.AlignRight, self._ends[1])


class Legend(QWidget):
    """Entries for the coloured classes, or a colour bar.

    Signals:
        hidden_changed: frozenset of the codes that are hidden now.
    """

    hidden_changed = Signal(object)

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._entries: list[LegendEntry] = []
        self._bar: ColourBar | None = None
        self._names = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def entries(self) -> Sequence[LegendEntry]:
        """The entries from top to bottom; entry i stands for code i."""
        return tuple(self._entries)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        for entry in self._entries:
            entry.set_tokens(tokens)
        if self._bar is not None:
            self._bar.set_tokens(tokens)

    def show_colouring(self, colouring: Colouring) -> None:
        """Say what the colours mean; everything is shown again."""
        self._clear()
        self._names = len(colouring.names)
        if colouring.is_continuous:
            self._bar = ColourBar(colouring, self._tokens)
            self._add(self._bar)
        pairs = list(zip(colouring.names, colouring.swatches, strict=True))
        for code, (name, colour) in enumerate(pairs[:COLOURED_CLASSES]):
            entry = LegendEntry(name, colour, self._tokens)
            entry.clicked.connect(self._tell)
            entry.isolated.connect(lambda code=code: self._isolate(code))
            self._entries.append(entry)
            self._add(entry)
        if len(pairs) > COLOURED_CLASSES:
            more = f"{len(pairs) - COLOURED_CLASSES:,} more in grey"
            self._add(text_label(more, "small"))
        self.adjustSize()

    def _add(self, widget: QWidget) -> None:
        self._column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignLeft)
        # A layout counts only what is shown, and the size is wanted at once.
        widget.show()

    def _clear(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._entries = []
        self._bar = None

    def _tell(self) -> None:
        hidden = {code for code, entry in enumerate(self._entries) if not entry.isChecked()}
        self.hidden_changed.emit(frozenset(hidden))

    def _isolate(self, code: int) -> None:
        alone = all(
            entry.isChecked() == (other == code) for other, entry in enumerate(self._entries)
        )
        for other, entry in enumerate(self._entries):
            entry.setChecked(alone or other == code)
        others = set() if alone else set(range(self._names)) - {code}
        self.hidden_changed.emit(frozenset(others))


def _short(value: float) -> str:
    """Return a number with two digits that count, whole from ten on."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"
