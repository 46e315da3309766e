"""Sentences for the user: tinted notes and the pages' empty states."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import restyle, spaced, text_label

BannerKind = Literal["note", "ok", "warning", "error"]
_FIRST_WORD = {"note": "", "ok": "", "warning": "Warning", "error": "Error"}


class Banner(QFrame):
    """A tinted note with a coloured edge, a sentence and at most one way to act on it.

    Signals:
        acted: the action was clicked.
    """

    acted = Signal()

    def __init__(self, kind: BannerKind, text: str, action: str = "") -> None:
        super().__init__()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._action: Button | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 7, 10, 7)
        self._column.setSpacing(2)
        self._column.addWidget(self._text)
        self.set_content(kind, text, action)

    def set_content(self, kind: BannerKind, text: str, action: str = "") -> None:
        """Say something else."""
        restyle(self, "banner", kind)
        word = _FIRST_WORD[kind]
        first = f'<span style="font-weight:600">{word}</span> ' if word else ""
        self._text.setText(spaced(f"{first}{escape(text)}"))
        self.setAccessibleName(f"{word} {text}".strip())
        self._offer(action)

    def _offer(self, action: str) -> None:
        if self._action is None and action:
            self._action = Button(action, "link")
            self._action.clicked.connect(self.acted)
            self._column.addWidget(self._action, alignment=Qt.AlignmentFlag.AlignLeft)
        if self._action is not None:
            if action:
                self._action.rename(action)
            self._action.setVisible(bool(action))


class EmptyState(QWidget):
    """What stands in a place without content: what belongs there and how to get it."""

    def __init__(self, title: str, body: str, buttons: Sequence[QWidget] = ()) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(8)
        layout.addStretch(1)
        for label in (
            text_label(title, "display", wrap=True),
            text_label(body, "muted", wrap=True),
        ):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)
        layout.addSpacing(8)
        layout.addLayout(row)
        layout.addStretch(1)
