"""Paints the table's cells: names, numbers with small interval bars, and dots along the chart."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from sslstudio.gui.evaluate.chart_header import PADDING, ChartScale
from sslstudio.gui.evaluate.source import EvaluationRow, Measure
from sslstudio.gui.evaluate.table_model import DATA, RUN, ComparisonModel, Index
from sslstudio.gui.theme import Tokens, mixed, type_font

ROW_HEIGHT = 38
MEASURE_WIDTH = 96
BAR_HEIGHT = 3
DOT = 3.5
INTERVAL_HEIGHT = 12.0
INTERVAL_OPACITY = 95


class CellDelegate(QStyledItemDelegate):
    """Paints names, numbers with their intervals, and the dots of the chart."""

    def __init__(self, model: ComparisonModel, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.tokens = tokens
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return a row's height."""
        del option, index
        return QSize(MEASURE_WIDTH, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        area: QRect = option.rect
        row, measure = self._model.row(index), self._model.measure_at(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, area, option, index)
        if index.column() == self._model.chart_column:
            self._chart(painter, QRectF(area), row, measure)
        else:
            self._words(painter, area, index)
            if measure is not None:
                self._bar(
                    painter, QRectF(area), self._model.measure_name(index.column()) or "", measure
                )
        painter.restore()

    def _ground(
        self, painter: QPainter, area: QRect, option: QStyleOptionViewItem, index: Index
    ) -> None:
        state = QStyleOptionViewItem(option).state
        if state & state.State_Selected:
            painter.fillRect(area, QColor(self.tokens.accent_soft))
        ends = self._ends_block(index.row())
        painter.setPen(QPen(QColor(self.tokens.muted if ends else self.tokens.line), 1))
        painter.drawLine(area.left(), area.bottom(), area.right(), area.bottom())

    def _ends_block(self, row: int) -> bool:
        """Return whether the next row is measured on other images."""
        rows = self._model.comparison.rows
        return row + 1 < len(rows) and rows[row + 1].data != rows[row].data

    def _words(self, painter: QPainter, area: QRect, index: Index) -> None:
        row = self._model.row(index)
        best = self._model.is_best(index)
        leads = index.column() == RUN and not row.is_baseline
        painter.setFont(type_font("body", bold=best or leads, tabular=True))
        blank = index.column() not in {RUN, DATA} and self._model.measure_at(index) is None
        quiet = row.is_baseline or index.column() == DATA or blank
        painter.setPen(QColor(self.tokens.muted if quiet and not best else self.tokens.text))
        side = (
            Qt.AlignmentFlag.AlignLeft
            if index.column() in {RUN, DATA}
            else Qt.AlignmentFlag.AlignRight
        )
        inner = area.adjusted(PADDING, 0, -PADDING, 0)
        if index.column() not in {RUN, DATA}:
            inner.adjust(0, 0, 0, -6)  # numbers stand on their bars
        text = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _bar(self, painter: QPainter, area: QRectF, name: str, measure: Measure) -> None:
        """Paint the value as a bar on the column's own scale, its interval darker at the end."""
        scale = self._model.comparison.span(name)
        low, high = min(0.0, scale[0]), max(1.0 if measure.is_share else scale[1], scale[1])
        left, width = area.left() + PADDING, area.width() - 2 * PADDING
        top = area.bottom() - 9

        def across(value: float) -> float:
            return left + width * (value - low) / (high - low)

        def draw(start: float, end: float, colour: str) -> None:
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(start, top, max(2.0, end - start), BAR_HEIGHT), 1.5, 1.5)

        painter.setPen(Qt.PenStyle.NoPen)
        draw(left, left + width, self.tokens.groove)
        draw(left, across(measure.value), mixed(self.tokens.groove, self.tokens.muted, 0.45))
        if measure.low is not None and measure.high is not None:
            draw(across(measure.low), across(measure.high), self.tokens.text)

    def _chart(
        self, painter: QPainter, area: QRectF, row: EvaluationRow, measure: Measure | None
    ) -> None:
        scale = ChartScale(self._model, area)
        painter.setPen(QPen(QColor(self.tokens.line), 1))
        for value in scale.ticks:
            painter.drawLine(
                QPointF(scale.x_of(value), area.top()), QPointF(scale.x_of(value), area.bottom())
            )
        if measure is None:
            return
        colour = QColor(self.tokens.muted if row.is_baseline else self.tokens.accent)
        middle = area.center().y()
        if measure.low is not None and measure.high is not None:
            pale = QColor(colour)
            pale.setAlpha(INTERVAL_OPACITY)
            start, end = scale.x_of(measure.low), scale.x_of(measure.high)
            interval = QRectF(start, middle - INTERVAL_HEIGHT / 2, end - start, INTERVAL_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pale)
            painter.drawRoundedRect(interval, 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(scale.x_of(measure.value), middle), DOT, DOT)
