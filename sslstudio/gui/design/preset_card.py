"""What a person should know about a preset: idea, equation, what to expect, published results."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from sslstudio.gui.design.source import PresetCard, PublishedRow
from sslstudio.gui.widgets.disclosure import Disclosure
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import text_label

FEW = 4
"""Published results that stand on the card; the others wait under a heading."""
TOP_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
BY_HAND = PresetCard(id="", title="", explanation="Assembled by hand.")


class PresetCardView(QWidget):
    """One preset in words; folded, all but the idea waits under a heading."""

    def __init__(self, *, folded: bool) -> None:
        super().__init__()
        self._explanation = text_label("", "muted", wrap=True)
        self._citation = text_label("", "small", wrap=True)
        self._equation = text_label("", wrap=True)
        self._expect = text_label("", "muted", wrap=True)
        self._published = PublishedTable()
        self._box = Panel("card", margin=10, spacing=0)
        self._box.body.addWidget(self._equation)
        self._heading = text_label("What to expect", "section")
        self._more = Disclosure("Equation and what to expect") if folded else None
        self._lay_out()
        self.show_card(BY_HAND)

    @property
    def words(self) -> str:
        """Everything that is said about the preset."""
        labels = (self._explanation, self._citation, self._equation, self._expect)
        return "\n".join(label.text() for label in labels)

    def show_card(self, card: PresetCard) -> None:
        """Show another preset."""
        self._explanation.setText(card.explanation)
        known = [text for text in (card.family, card.citation) if text]
        for label, text in (
            (self._citation, " · ".join(known)),
            (self._equation, card.equation),
            (self._expect, card.expect),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self._box.setVisible(bool(card.equation))
        self._heading.setVisible(bool(card.expect))
        self._published.show_rows(card.published)
        if self._more is not None:
            self._more.setVisible(bool(card.equation or card.expect or card.published))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._explanation)
        body = column
        if self._more is not None:
            column.addWidget(self._more)
            body = self._more.body
            body.setSpacing(8)
        words = (self._citation, self._box, self._heading, self._expect, self._published)
        for widget in words:
            body.addWidget(widget)
        if self._more is None:
            column.addStretch(1)


class PublishedTable(QWidget):
    """What the literature reports for a method, each number with its source."""

    def __init__(self) -> None:
        super().__init__()
        self._grid, self._rest = QGridLayout(), QGridLayout()
        for grid in (self._grid, self._rest):
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(2)
            grid.setColumnStretch(0, 1)
        self._more = Disclosure("More")
        self._more.body.addLayout(self._rest)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(text_label("Published results", "section"))
        column.addLayout(self._grid)
        column.addWidget(self._more)
        self._shown: tuple[PublishedRow, ...] = ()
        self.hide()

    def show_rows(self, rows: tuple[PublishedRow, ...]) -> None:
        """Show these results; without any the table is not there."""
        self.setVisible(bool(rows))
        if rows == self._shown:
            return
        self._shown = rows
        for table in (self._grid, self._rest):
            _clear(table)
        few, rest = rows[:FEW], rows[FEW:]
        _fill(self._grid, few)
        _fill(self._rest, rest)
        self._more.rename(f"{len(rest)} more")
        self._more.open(shown=False)
        self._more.setVisible(bool(rest))


def _clear(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def _fill(grid: QGridLayout, rows: tuple[PublishedRow, ...]) -> None:
    """Put rows under the names of their sources."""
    line = 0
    for source, group in groupby(rows, key=lambda row: row.source):
        grid.addWidget(text_label(source, "small", wrap=True), line, 0, 1, 2)
        for number, row in enumerate(group, start=line + 1):
            grid.addWidget(text_label(row.measure, "muted", wrap=True), number, 0)
            value = text_label(row.value, "value")
            grid.addWidget(value, number, 1, TOP_RIGHT)
            line = number
        line += 1
