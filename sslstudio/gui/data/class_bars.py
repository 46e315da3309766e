"""How many images each class has, as bars with their numbers."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from sslstudio.gui.class_palette import class_colour
from sslstudio.gui.theme import Tokens, type_font

ROW = 18
NAME_SHARE = 0.38
NUMBER_WIDTH = 52
BAR_HEIGHT = 8
SHOWN = 20


class ClassBars(QWidget):
    """One row a class: name, bar, count; the largest twenty."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._rows: tuple[tuple[int, str, int], ...] = ()
        self._rest = 0
        self.setAccessibleName("Images of each class")

    def set_counts(self, names: tuple[str, ...], counts: list[int]) -> None:
        """Show these classes, the largest first."""
        order = sorted(range(len(names)), key=lambda index: -counts[index])
        self._rows = tuple((index, names[index], counts[index]) for index in order[:SHOWN])
        self._rest = len(names) - len(self._rows)
        self.setFixedHeight(ROW * (len(self._rows) + (self._rest > 0)))
        spoken = ", ".join(f"{name} {count:,}" for _index, name, count in self._rows)
        self.setToolTip(f"Images of each class: {spoken}")
        self.update()

    def set_tokens(self, tokens: Tokens) -> None:
        """Paint in other colours."""
        self._tokens = tokens
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        return QSize(240, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(type_font("small", tabular=True))
        largest = max((count for _index, _name, count in self._rows), default=1)
        for row, (index, name, count) in enumerate(self._rows):
            self._paint_row(painter, row * ROW, (index, name, count), largest)
        if self._rest:
            painter.setPen(QColor(self._tokens.muted))
            place = QRectF(0, len(self._rows) * ROW, self.width(), ROW)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, f"and {self._rest:,} more")

    def _paint_row(
        self, painter: QPainter, top: int, row: tuple[int, str, int], largest: int
    ) -> None:
        index, name, count = row
        name_width = self.width() * NAME_SHARE
        painter.setPen(QColor(self._tokens.text))
        metrics = QFontMetrics(painter.font())
        short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(name_width) - 8)
        painter.drawText(QRectF(0, top, name_width, ROW), Qt.AlignmentFlag.AlignVCenter, short)
        room = self.width() - name_width - NUMBER_WIDTH
        bar = QRectF(name_width, top + (ROW - BAR_HEIGHT) / 2, room * count / largest, BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(class_colour(index)))
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(self._tokens.muted))
        number = QRectF(self.width() - NUMBER_WIDTH, top, NUMBER_WIDTH, ROW)
        where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(number, where, f"{count:,}")
