"""Lists to choose from, such as the kinds of a part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy

from sslstudio.catalog.entry import Entry


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a list: the word behind it, what is shown, and what it means."""

    value: str
    title: str
    meaning: str = ""


class Chooser(QComboBox):
    """A list of options with a meaning each.

    Signals:
        picked: the value of the option that the user chose.
    """

    picked = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._options: tuple[Option, ...] = ()
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._activated)

    @property
    def values(self) -> list[str]:
        """The values that can be chosen, in order."""
        return [option.value for option in self._options]

    def show_options(self, options: Sequence[Option], current: str) -> None:
        """Offer these options, without a signal."""
        if tuple(options) != self._options:
            self._options = tuple(options)
            self.clear()
            for number, option in enumerate(options):
                self.addItem(option.title)
                self.setItemData(number, option.meaning, Qt.ItemDataRole.ToolTipRole)
        at = self.values.index(current) if current in self.values else -1
        self.setCurrentIndex(at)
        meaning = self._options[at].meaning if at >= 0 else ""
        self.setToolTip(meaning or self.accessibleName())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel around: a list that turns by accident changes the recipe."""
        event.ignore()

    def _activated(self, number: int) -> None:
        self.picked.emit(self._options[number].value)


def kind_options(entries: Sequence[Entry]) -> list[Option]:
    """Return the kinds of a family as options."""
    return [Option(entry.kind, entry.title, _meaning(entry)) for entry in entries]


def _meaning(entry: Entry) -> str:
    return "\n".join(text for text in (entry.summary, entry.citation) if text)
