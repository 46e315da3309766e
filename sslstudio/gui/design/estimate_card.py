"""What a run of this recipe will cost: what is known of it, and the dry run on this machine."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from sslstudio.gui.design.source import Estimate
from sslstudio.gui.design.words import count_words
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import ElidedLabel, restyle, text_label

UNKNOWN = "–"
GIGABYTE, MEGABYTE = 10**9, 10**6
FACTS = {
    "Time": "How long the budget lasts on this machine",
    "Memory": "Largest memory that a step needs",
    "Speed": "Views that pass through the network in a second",
    "Parameters": "Numbers that training adjusts",
}
TIMED = ("Time", "Memory", "Speed")
FRESH, OLD = "strong", "muted"


class EstimateCard(Panel):
    """Time, memory, speed and parameters in two rows, and one line on how they are known.

    Numbers from before the last edit are grey until they are measured again.
    """

    def __init__(self) -> None:
        super().__init__("card", margin=10, spacing=2)
        self.setAccessibleName("Dry run")
        self._values = {name: text_label(UNKNOWN, "strong") for name in FACTS}
        self._words = ElidedLabel("", "small")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(0)
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
        # The line keeps its place, so that the card does not grow and shrink with each edit.
        self.body.addWidget(self._words)
        self.show_estimate(Estimate())

    @property
    def words(self) -> dict[str, str]:
        """The facts as they are shown."""
        return {name: label.text() for name, label in self._values.items()}

    @property
    def message(self) -> str:
        """The line below the facts."""
        return self._words.text()

    def show_estimate(self, estimate: Estimate) -> None:
        """Show what is known by now."""
        shown = estimate_words(estimate)
        for name, label in self._values.items():
            label.setText(shown[name])
            old = estimate.stale and name in TIMED
            restyle(label, "role", OLD if old else FRESH)
            label.setAccessibleDescription("From before the last edit" if old else "")
        measured = "Measured on this machine" if estimate.timing is not None else ""
        self._words.set_text(estimate.message or measured)


def estimate_words(estimate: Estimate) -> dict[str, str]:
    """Return the four facts as a person reads them."""
    words = dict.fromkeys(FACTS, UNKNOWN)
    if estimate.outline is not None:
        words["Parameters"] = count_words(estimate.outline.parameters)
    if estimate.timing is not None:
        words["Time"] = duration_words(estimate.timing.seconds)
        words["Memory"] = memory_words(estimate.timing.memory_bytes)
        words["Speed"] = f"{estimate.timing.views_per_second:,.0f} views/s"
    return words


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
