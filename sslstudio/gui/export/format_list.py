"""Formats as cards of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from sslstudio.gui.export.source import FormatCard
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import restyle, text_label


class FormatList(QWidget):
    """One card a format; a click or the arrow keys choose.

    Signals:
        chosen: the word of the chosen format.
    """

    chosen = Signal(str)

    def __init__(self, formats: Sequence[FormatCard]) -> None:
        super().__init__()
        self.setObjectName("export.format")
        self.setAccessibleName("Format")
        self._formats = tuple(formats)
        self._group = QButtonGroup(self)
        self._cards: list[_Card] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for number, card in enumerate(formats):
            widget = _Card(card)
            self._group.addButton(widget.radio, number)
            self._cards.append(widget)
            row.addWidget(widget, 1)
        self._group.idToggled.connect(self._toggled)
        self._cards[0].radio.setChecked(True)

    def value(self) -> str:
        """Return the chosen format's word."""
        return self.card().name

    def card(self) -> FormatCard:
        """Return the chosen format."""
        return self._formats[max(0, self._group.checkedId())]

    def choose(self, name: str) -> None:
        """Choose a format by its word."""
        self._cards[[card.name for card in self._formats].index(name)].radio.setChecked(True)

    def _toggled(self, number: int, checked: int) -> None:
        self._cards[number].mark(chosen=bool(checked))
        if checked:
            self.chosen.emit(self._formats[number].name)


class _Card(Panel):
    def __init__(self, card: FormatCard) -> None:
        super().__init__("card", margin=12, spacing=4)
        self.radio = QRadioButton(card.title)
        self.radio.setAccessibleName(f"{card.title}: {card.who}")
        self.radio.setToolTip(card.who)
        self.radio.setProperty("strong", True)
        self.body.addWidget(self.radio)
        self.body.addWidget(text_label(card.who, "muted", wrap=True))
        self.body.addWidget(text_label(card.files, "small", wrap=True))
        self.body.addStretch(1)
        self.setProperty("choice", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mark(self, *, chosen: bool) -> None:
        """Show whether this one is chosen."""
        restyle(self, "chosen", chosen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose this format."""
        self.radio.setChecked(True)
        event.accept()
