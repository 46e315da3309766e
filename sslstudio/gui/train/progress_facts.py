"""How far a run is, how long it will take, and how fast it goes."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from sslstudio.gui.train.evidence import RunState
from sslstudio.gui.train.trace import RunTrace
from sslstudio.gui.train.words import (
    duration,
    memory,
    number,
    remaining,
    scientific,
    short,
    steps_done,
)
from sslstudio.gui.widgets.text import text_label, use_tabular_figures

FACTS = (
    ("Views/s", "Augmented images that went through the network each second"),
    ("Learning rate", "The rate that the schedule gives now"),
    ("Epoch", "How many times every training image was seen"),
    ("Memory", "Memory that training holds: of the GPU where there is one, else of the process"),
)
PARTS = 1000
BLANK = "\u2013"


class ProgressFacts(QWidget):
    """Steps, time left, a bar, and four numbers below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = text_label("")
        self.left = text_label("", "strong")
        self.bar = QProgressBar()
        self.values = {name: text_label(BLANK, "number") for name, _ in FACTS}
        self._arrange()

    def refresh(self, trace: RunTrace, state: RunState) -> None:
        """Show what the run says now."""
        summary, latest = trace.summary, trace.latest
        self.steps.setText(steps_done(summary.step, summary.total_steps))
        self.left.setText(_time_words(trace, state))
        self.bar.setValue(round(PARTS * summary.progress))
        if latest is None:
            for value in self.values.values():
                value.setText(BLANK)
            return
        resting = state not in {"training", "stopping"}
        speed = latest.images_per_second * trace.views
        self.values["Views/s"].setText(BLANK if resting else number(speed, 0))
        self.values["Learning rate"].setText(scientific(latest.learning_rate))
        self.values["Epoch"].setText(
            number(latest.epoch, 1) if latest.epoch < 1000 else short(latest.epoch)
        )
        self.values["Memory"].setText(memory(latest.memory_bytes))

    def _arrange(self) -> None:
        use_tabular_figures(self.steps)
        use_tabular_figures(self.left)
        self.bar.setRange(0, PARTS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Share of the budget that is used")
        line = QHBoxLayout()
        line.addWidget(self.steps)
        line.addStretch(1)
        line.addWidget(self.left)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        for place, (name, help_text) in enumerate(FACTS):
            row, column = divmod(place, 2)
            label = text_label(name, "section")
            label.setToolTip(help_text)
            self.values[name].setToolTip(help_text)
            self.values[name].setAccessibleName(name)
            grid.addWidget(label, 3 * row, column)
            grid.addWidget(self.values[name], 3 * row + 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowMinimumHeight(2, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self.bar)
        layout.addSpacing(4)
        layout.addLayout(grid)


def _time_words(trace: RunTrace, state: RunState) -> str:
    summary = trace.summary
    if state in {"training", "paused"}:
        left = remaining(summary.progress, summary.seconds)
        return f"paused, {left}" if state == "paused" else left
    if state == "starting":
        return ""
    return f"trained {duration(summary.seconds)}" if summary.seconds else ""
