"""A few choices side by side, of which one is in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout

from sslstudio.gui.widgets.button import SegmentButton


class Segmented(QFrame):
    """Buttons on one soft ground; picking one lifts the others.

    Signals:
        chosen: the value the user picked.
    """

    chosen = Signal(object)

    def __init__(self, options: Sequence[tuple[Any, str]], name: str) -> None:
        super().__init__()
        self.setProperty("segmented", True)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._picked)
        self._values = [value for value, _word in options]
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for number, (_value, word) in enumerate(options):
            button = SegmentButton(word)
            button.setAccessibleName(f"{name}: {word}")
            self._group.addButton(button, number)
            row.addWidget(button, 1)

    def value(self) -> Any:
        """Return the value in force, None before there is one."""
        number = self._group.checkedId()
        return self._values[number] if number >= 0 else None

    def set_value(self, value: Any) -> None:
        """Show which value is in force, without a signal."""
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)

    def explain(self, tooltip: str) -> None:
        """Say on every button what the choice is about."""
        self.setToolTip(tooltip)
        for button in self._group.buttons():
            button.setToolTip(tooltip)

    def _picked(self, number: int) -> None:
        self.chosen.emit(self._values[number])
