"""The one line of a first start: what to press, and how long it takes."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from sslstudio.domain.recipe import Budget
from sslstudio.gui.design.estimate_card import duration_words
from sslstudio.gui.design.source import Estimate
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import ElidedLabel

INVITATION = "Press Start"
A_MINUTE = (40.0, 80.0)


class Welcome(Panel):
    """Shown above the canvas until something has been trained."""

    def __init__(self) -> None:
        super().__init__("flat", margin=0, spacing=0)
        self.words = ElidedLabel(INVITATION, "strong")
        row = QHBoxLayout()
        row.setContentsMargins(16, 6, 16, 6)
        row.addWidget(self.words, 1)
        self.body.addLayout(row)
        self.hide()

    def invite(self, budget: Budget, estimate: Estimate) -> None:
        """Say how long a run takes here: as measured, before that as the budget asks for."""
        self.words.set_text(invitation(budget, estimate))


def invitation(budget: Budget, estimate: Estimate) -> str:
    """Return the line, with a time where one is known."""
    timing = estimate.timing
    if timing is not None and not estimate.stale:
        speed = f"{timing.views_per_second:,.0f} views a second on this machine"
        return f"{INVITATION}: {_lasting(timing.seconds)}, at {speed}"
    if budget.unit == "minutes":
        return f"{INVITATION}: {_lasting(60.0 * budget.amount)}"
    return INVITATION


def _lasting(seconds: float) -> str:
    is_a_minute = A_MINUTE[0] <= seconds <= A_MINUTE[1]
    return "about a minute" if is_a_minute else duration_words(seconds)
