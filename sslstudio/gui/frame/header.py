"""The bar above the stage: what is open, its state and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.gui.widgets.marks import Chip
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import ElidedLabel

HEADER_HEIGHT = 47


class Header(Panel):
    """A title, chips and buttons in one line."""

    def __init__(self) -> None:
        super().__init__("flat", margin=0, spacing=0)
        self.setFixedHeight(HEADER_HEIGHT)
        self._title = ElidedLabel("", "title")
        self._chips: list[Chip] = []
        self._buttons: list[QWidget] = []
        self._row = QHBoxLayout()
        self._row.setContentsMargins(16, 1, 16, 0)
        self._row.setSpacing(12)
        self._chip_row = QHBoxLayout()
        self._chip_row.setSpacing(8)
        self._button_row = QHBoxLayout()
        self._button_row.setSpacing(12)
        self._row.addWidget(self._title)
        self._row.addLayout(self._chip_row)
        self._row.addStretch(1)
        self._row.addLayout(self._button_row)
        self.body.addLayout(self._row)

    def title(self) -> str:
        """Return the name that is shown."""
        return self._title.text()

    def chips(self) -> list[str]:
        """Return the words of the chips."""
        return [chip.text() for chip in self._chips]

    def buttons(self) -> list[QWidget]:
        """Return the buttons that are shown."""
        return list(self._buttons)

    def set_content(self, title: str, chips: Sequence[str], buttons: Sequence[QWidget]) -> None:
        """Show another name, other chips and other buttons."""
        self._title.set_text(title)
        if list(chips) != self.chips():
            self._show_chips(chips)
        if list(buttons) != self._buttons:
            self._show_buttons(buttons)

    def _show_chips(self, words: Sequence[str]) -> None:
        for chip in self._chips:
            self._chip_row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [Chip(word) for word in words]
        for chip in self._chips:
            self._chip_row.addWidget(chip)

    def _show_buttons(self, buttons: Sequence[QWidget]) -> None:
        for button in self._buttons:
            self._button_row.removeWidget(button)
            button.hide()
        self._buttons = list(buttons)
        for button in self._buttons:
            self._button_row.addWidget(button)
            button.show()
