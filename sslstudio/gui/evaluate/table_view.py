"""The table of runs: numbers with small interval bars, and a chart drawn along its rows."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from sslstudio.gui.evaluate.source import EvaluationRow, Measure
from sslstudio.gui.evaluate.table_model import DATA, RUN, ComparisonModel, Index
from sslstudio.gui.theme import Tokens, mixed, type_font
from sslstudio.gui.train.curves import Span, framed, ticks
from sslstudio.gui.train.words import plain

ROW_HEIGHT = 38
RUN_WIDTH, DATA_WIDTH, MEASURE_WIDTH = 176, 84, 96
RUN_SHARE = 0.3
PADDING = 12
BAR_HEIGHT = 3
DOT = 3.5
INTERVAL_HEIGHT = 12.0
INTERVAL_OPACITY = 95


class ComparisonTable(QTableView):
    """Rows stand still while one chooses the measure in the header.

    Signals:
        measure_chosen: the measure whose column was clicked.
        row_chosen: the row that is selected; None for none.
    """

    measure_chosen = Signal(str)
    row_chosen = Signal(object)

    def __init__(self, model: ComparisonModel, tokens: Tokens) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.cells = CellDelegate(model, tokens, self)
        self.headings = ChartHeader(model, tokens, self)
        self.setItemDelegate(self.cells)
        self.setHorizontalHeader(self.headings)
        self._arrange()
        self.headings.sectionClicked.connect(self._heading_clicked)
        model.modelReset.connect(self._size_columns)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.cells.tokens = tokens
        self.headings.tokens = tokens
        self.viewport().update()
        self.headings.viewport().update()

    def sizeHint(self) -> QSize:
        """Ask for room for all rows."""
        rows = self._model.rowCount()
        return QSize(600, self.headings.height() + rows * ROW_HEIGHT + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give long names what a wider table has to spare."""
        super().resizeEvent(event)
        self.headings.resizeSection(RUN, self._run_width())

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which row is looked at."""
        super().currentChanged(current, previous)
        self.row_chosen.emit(self._model.row(current) if current.isValid() else None)

    def _heading_clicked(self, section: int) -> None:
        name = self._model.measure_name(section)
        if name is not None:
            self.measure_chosen.emit(name)

    def _size_columns(self) -> None:
        chart = self._model.chart_column
        for column in range(chart):
            width = {RUN: self._run_width(), DATA: DATA_WIDTH}.get(column, MEASURE_WIDTH)
            self.headings.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.headings.resizeSection(column, width)
        self.headings.setSectionResizeMode(chart, QHeaderView.ResizeMode.Stretch)
        self.setMaximumHeight(self.sizeHint().height())
        self.updateGeometry()

    def _run_width(self) -> int:
        """Return room for the longest name, as long as most of the table is left for numbers."""
        metrics = QFontMetrics(type_font("body", bold=True))
        names = [metrics.horizontalAdvance(row.name) for row in self._model.comparison.rows]
        wanted = max(names, default=0) + 2 * PADDING + 4
        return max(RUN_WIDTH, min(wanted, int(RUN_SHARE * self.viewport().width())))

    def _arrange(self) -> None:
        self.setObjectName("evaluate.table")
        self.setToolTip("Runs as rows, measures as columns; a click on a heading sorts")
        self.setAccessibleName("Scores of the runs")
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.headings.setSectionsClickable(True)
        self.headings.setHighlightSections(False)
        self.headings.setMinimumSectionSize(60)
        self.headings.setToolTip("Click a measure to sort by it and to draw its chart")


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
