"""The table's headings, and the scale of the chart that is drawn along its rows."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from sslstudio.gui.evaluate.table_model import ComparisonModel
from sslstudio.gui.theme import Tokens, type_font
from sslstudio.gui.train.curves import Span, framed, ticks
from sslstudio.gui.train.words import plain

PADDING = 12


class ChartScale:
    """Where values of the chosen measure lie within the chart's column."""

    def __init__(self, model: ComparisonModel, area: QRectF) -> None:
        low, high = model.comparison.span(model.comparison.chosen)
        self.span = framed(Span(low, high), None, 4)
        self.ticks = ticks(self.span, 5)
        self._left = area.left() + 20
        self._width = max(1.0, area.width() - 40)

    def x_of(self, value: float) -> float:
        """Return the place of a value."""
        return self._left + self._width * (value - self.span.low) / self.span.size


class ChartHeader(QHeaderView):
    """Titles of the columns, the chosen measure in accent, and the scale over the chart."""

    def __init__(self, model: ComparisonModel, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.tokens = tokens
        self._model = model
        self.setFixedHeight(32)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Paint one title, or the numbers of the chart's scale."""
        painter.save()
        painter.fillRect(rect, QColor(self.tokens.panel))
        painter.setPen(QColor(self.tokens.line))
        painter.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom())
        if section == self._model.chart_column:
            self._paint_scale(painter, rect)
        else:
            self._paint_title(painter, rect, section)
        painter.restore()

    def _paint_title(self, painter: QPainter, rect: QRect, section: int) -> None:
        name = self._model.measure_name(section)
        chosen = name is not None and name == self._model.comparison.chosen
        painter.setFont(type_font("small", bold=True))
        painter.setPen(QColor(self.tokens.accent if chosen else self.tokens.muted))
        side = Qt.AlignmentFlag.AlignLeft if name is None else Qt.AlignmentFlag.AlignRight
        title = str(self._model.headerData(section, Qt.Orientation.Horizontal))
        text = f"\u2193 {title}" if chosen else title
        inner = rect.adjusted(PADDING, 0, -PADDING, 0)
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_scale(self, painter: QPainter, rect: QRect) -> None:
        if not self._model.comparison.columns:
            return
        scale = ChartScale(self._model, QRectF(rect))
        measures = [
            row.measures.get(self._model.comparison.chosen) for row in self._model.comparison.rows
        ]
        in_percent = all(measure.is_share for measure in measures if measure is not None)
        painter.setFont(type_font("small", tabular=True))
        painter.setPen(QColor(self.tokens.muted))
        for value in scale.ticks:
            text = f"{100 * value:.4g} %" if in_percent else plain(value)
            place = QRectF(scale.x_of(value) - 30, rect.top(), 60, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
