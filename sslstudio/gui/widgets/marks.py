"""Chips and state dots."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from sslstudio.gui.widgets.text import restyle, text_label, use_tabular_figures

Tone = Literal["neutral", "accent", "ok", "warn", "alarm"]

STATE_TONES: dict[str, Tone] = {
    "training": "accent",
    "running": "accent",
    "paused": "warn",
    "queued": "neutral",
    "done": "ok",
    "interrupted": "neutral",
    "collapsed": "alarm",
    "failed": "alarm",
    "diverged": "alarm",
    "stalled": "warn",
    "learning": "ok",
    "warming-up": "neutral",
}
"""The colour of a state's dot; the word beside it carries the meaning."""


class Chip(QLabel):
    """A short fact on a quiet rounded ground."""

    def __init__(self, text: str, tone: Literal["muted", "accent"] = "muted") -> None:
        super().__init__(text)
        self.setProperty("chip", True)
        self.setProperty("tone", tone)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        use_tabular_figures(self)


class Dot(QWidget):
    """A state as a coloured dot and its word."""

    def __init__(self, state: str, word: str | None = None) -> None:
        super().__init__()
        self._dot = QFrame()
        self._dot.setFixedSize(8, 8)
        self._word = text_label("")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._dot)
        layout.addWidget(self._word)
        self.set_state(state, word)

    def set_state(self, state: str, word: str | None = None) -> None:
        """Show another state; the word defaults to the state's own."""
        restyle(self._dot, "dot", STATE_TONES.get(state, "neutral"))
        self._word.setText(word if word is not None else state.replace("-", " "))
        self.setAccessibleName(self._word.text())
