"""The right side of the Evaluate page: runs, protocol, progress, and the selected row in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent

from sslstudio.gui.evaluate.comparison import shown_interval
from sslstudio.gui.evaluate.run_list import ROW_HEIGHT, RunList
from sslstudio.gui.evaluate.source import EvaluationRow, ProtocolChoice
from sslstudio.gui.evaluate.table_model import ComparisonModel
from sslstudio.gui.page import Inspector
from sslstudio.gui.theme import Tokens
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.panel import SplitLine
from sslstudio.gui.widgets.segmented import Segmented
from sslstudio.gui.widgets.text import text_label

HINT = (
    "Select a row to read how it was measured. Where the intervals of two runs overlap, their "
    "order may be chance."
)
# Everything but the list of runs, with a few lines about a row.
REST_PX = 460


class EvaluateInspector(Inspector):
    """What to measure, how, and how far it is.

    Signals:
        protocol_chosen: another protocol was picked.
    """

    protocol_chosen = Signal()

    def __init__(self, protocols: Sequence[ProtocolChoice], tokens: Tokens) -> None:
        super().__init__()
        self._summaries = {choice.name: choice.summary for choice in protocols}
        self.runs = RunList(tokens)
        self.choice = Segmented([(choice.name, choice.title) for choice in protocols], "Protocol")
        self.run = Button("Evaluate", "primary", tooltip="Measure the ticked runs")
        self._summary = text_label("", "small", wrap=True)
        self._row_name = text_label("", "strong")
        self._row_words = text_label(HINT, "muted", wrap=True)
        self._arrange(protocols)

    @property
    def protocol(self) -> str:
        """The protocol that is picked."""
        return str(self.choice.value() or "")

    def show_task(self, chosen: int, missing: int, *, running: bool) -> None:
        """Say on the button what a press would measure."""
        count = missing or chosen
        runs = f"{count} run{'s' if count != 1 else ''}"
        self.run.rename(f"Evaluate {runs}" if missing else f"Evaluate {runs} again")
        self.run.setEnabled(count > 0 and not running)

    def show_row(self, row: EvaluationRow | None, model: ComparisonModel) -> None:
        """Put a row in words."""
        self._row_name.setVisible(row is not None)
        if row is None:
            self._row_words.setText(HINT)
            return
        self._row_name.setText(f"{row.name} on {row.data}")
        scores = [
            f"{model.title(name)}: {shown_interval(measure)}."
            for name, measure in row.measures.items()
        ]
        details = [f"{measure.detail}." for measure in row.measures.values() if measure.detail]
        self._row_words.setText(" ".join(dict.fromkeys([*scores, *details])))

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.runs.set_tokens(tokens)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list of runs the height that is left."""
        super().resizeEvent(event)
        self.runs.allow_rows((self.height() - REST_PX) // ROW_HEIGHT)

    def _picked(self) -> None:
        self._summary.setText(self._summaries.get(self.protocol, ""))
        self.protocol_chosen.emit()

    def _arrange(self, protocols: Sequence[ProtocolChoice]) -> None:
        self.run.setObjectName("evaluate.run")
        self.choice.explain("How the representation is measured")
        if protocols:
            self.choice.set_value(protocols[0].name)
        self.choice.chosen.connect(self._picked)
        self._summary.setText(self._summaries.get(self.protocol, ""))
        self._row_name.hide()
        self.column.setSpacing(8)
        self.column.addWidget(text_label("Runs to compare", "section"))
        self.column.addWidget(self.runs)
        self.column.addSpacing(8)
        self.column.addWidget(text_label("Protocol", "section"))
        self.column.addWidget(self.choice)
        self.column.addWidget(self._summary)
        self.column.addSpacing(8)
        self.column.addWidget(self.run)
        self.column.addStretch(1)
        self.foot.addWidget(SplitLine())
        self.foot.addWidget(self._row_name)
        self.foot.addWidget(self._row_words)
