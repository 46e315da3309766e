"""The comparison as a table for Qt: a column a measure, and a last one that is drawn."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from sslstudio.gui.evaluate.comparison import Comparison, shown, shown_interval
from sslstudio.gui.evaluate.source import EvaluationRow, Measure

Index = QModelIndex | QPersistentModelIndex
RUN, DATA, FIRST_MEASURE = 0, 1, 2
TOP = QModelIndex()
"""The invisible root that holds all rows."""


class ComparisonModel(QAbstractTableModel):
    """Run, data, one column for each measure, and the chart of the chosen one."""

    def __init__(self) -> None:
        super().__init__()
        self.comparison = Comparison()
        self._titles: dict[str, str] = {}

    def set_titles(self, titles: dict[str, str]) -> None:
        """Name the measures as a person does."""
        self._titles = titles

    def show_comparison(self, comparison: Comparison) -> None:
        """Show another table."""
        self.beginResetModel()
        self.comparison = comparison
        self.endResetModel()

    def title(self, measure: str) -> str:
        """Return what a person calls a measure."""
        return self._titles.get(measure, measure)

    def row(self, index: Index) -> EvaluationRow:
        """Return the row at an index."""
        return self.comparison.rows[index.row()]

    def measure_at(self, index: Index) -> Measure | None:
        """Return the measure at an index; in the chart's column that is the chosen one."""
        name = self.measure_name(index.column())
        return None if name is None else self.row(index).measures.get(name)

    def measure_name(self, column: int) -> str | None:
        """Return the measure of a column; None for the run's own columns."""
        if column == self.chart_column:
            return self.comparison.chosen
        place = column - FIRST_MEASURE
        inside = 0 <= place < len(self.comparison.columns)
        return self.comparison.columns[place] if inside else None

    @property
    def chart_column(self) -> int:
        """The last column."""
        return FIRST_MEASURE + len(self.comparison.columns)

    def is_best(self, index: Index) -> bool:
        """Return whether the number at an index is the best of its column on its data."""
        name = self.measure_name(index.column())
        return name is not None and self.comparison.is_best(self.row(index), name)

    def rowCount(self, parent: Index = TOP) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.comparison.rows)

    def columnCount(self, parent: Index = TOP) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else self.chart_column + 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the title of a column."""
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        if section in {RUN, DATA}:
            return ("Run", "Data")[section]
        return self.title(self.measure_name(section) or "")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, tooltip and the words for a screen reader."""
        row, measure = self.row(index), self.measure_at(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index, row, measure)
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self._words(index, row, measure)
        return None

    def _text(self, index: Index, row: EvaluationRow, measure: Measure | None) -> str:
        if index.column() == RUN:
            return row.name
        if index.column() == DATA:
            return PurePath(row.data).name.removesuffix(
                ".zip"
            )  # the whole path stands in the words
        return "" if index.column() == self.chart_column else shown(measure)

    def _words(self, index: Index, row: EvaluationRow, measure: Measure | None) -> str:
        if index.column() in {RUN, DATA}:
            return f"{row.name} on {row.data}"
        title = self.title(self.measure_name(index.column()) or "")
        if measure is None:
            return f"{row.name}: {title} was not measured"
        best = ", the best" if self.is_best(index) else ""
        detail = f"\n{measure.detail}" if measure.detail else ""
        return f"{row.name}: {title} {shown_interval(measure)}{best}{detail}"
