"""The one line of a first start: what to press, and how long it takes."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from sslstudio.gui.design.estimate_card import duration_words
from sslstudio.gui.design.source import Estimate
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import ElidedLabel

INVITATION = "Press Start: about a minute"
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

    def set_estimate(self, estimate: Estimate) -> None:
        """Say how long a run takes here, once that was measured."""
        self.words.set_text(invitation(estimate))


def invitation(estimate: Estimate) -> str:
    """Return the line, with the measured time where there is one."""
    timing = estimate.timing
    if timing is None or estimate.stale:
        return INVITATION
    speed = f"{timing.views_per_second:,.0f} views a second on this machine"
    if A_MINUTE[0] <= timing.seconds <= A_MINUTE[1]:
        return f"{INVITATION}, at {speed}"
    return f"Press Start: {duration_words(timing.seconds)}, at {speed}"
