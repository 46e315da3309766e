"""The table of runs: what is chosen in it, and how wide its columns are."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from sslstudio.gui.evaluate.chart_header import PADDING, ChartHeader
from sslstudio.gui.evaluate.table_cells import MEASURE_WIDTH, ROW_HEIGHT, CellDelegate
from sslstudio.gui.evaluate.table_model import DATA, RUN, ComparisonModel, Index
from sslstudio.gui.theme import Tokens, type_font

RUN_WIDTH, DATA_WIDTH = 176, 84
RUN_SHARE = 0.3


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
