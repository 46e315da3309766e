"""What a run of this recipe will cost, from the dry run on this machine."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from sslstudio.gui.design.source import Estimate
from sslstudio.gui.design.words import count_words
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import text_label

UNKNOWN = "–"
GIGABYTE, MEGABYTE = 10**9, 10**6
FACTS = {
    "Time": "How long the budget lasts on this machine",
    "Memory": "Largest memory that a step needs",
    "Speed": "Views that pass through the network in a second",
    "Parameters": "Numbers that training adjusts",
}


class EstimateCard(Panel):
    """Time, memory, speed and parameters in two rows."""

    def __init__(self) -> None:
        super().__init__("card", margin=12, spacing=4)
        self.setAccessibleName("Dry run")
        self._values = {name: text_label(UNKNOWN, "strong") for name in FACTS}
        self._words = text_label("", "small", wrap=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        for number, (name, meaning) in enumerate(FACTS.items()):
            row, column = divmod(number, 2)
            label, value = text_label(name, "section"), self._values[name]
            for widget in (label, value):
                widget.setToolTip(meaning)
            value.setAccessibleName(name)
            grid.addWidget(label, 3 * row, column)
            grid.addWidget(value, 3 * row + 1, column)
        grid.setRowMinimumHeight(2, 4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.body.addLayout(grid)
        self.body.addWidget(self._words)
        self.show_estimate(None, "")

    def show_estimate(self, estimate: Estimate | None, message: str) -> None:
        """Show what was measured, or nothing yet, and a word on the state of the dry run."""
        shown = estimate_words(estimate)
        for name, label in self._values.items():
            label.setText(shown[name])
        self._words.setText(message)
        self._words.setVisible(bool(message))


def estimate_words(estimate: Estimate | None) -> dict[str, str]:
    """Return the four facts as a person reads them."""
    if estimate is None:
        return dict.fromkeys(FACTS, UNKNOWN)
    return {
        "Time": duration_words(estimate.seconds),
        "Memory": memory_words(estimate.memory_bytes),
        "Speed": f"{estimate.views_per_second:,.0f} views/s",
        "Parameters": count_words(estimate.parameters),
    }


def duration_words(seconds: float) -> str:
    """Return a duration in its two largest units."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def memory_words(size: int) -> str:
    """Return an amount of memory in gigabytes or megabytes."""
    return f"{size / GIGABYTE:.1f} GB" if size >= GIGABYTE else f"{size / MEGABYTE:.0f} MB"
