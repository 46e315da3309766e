"""The parts inside a task or an encoder that have no block of their own on the canvas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.catalog.entry import Entry
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.slots import Slot, slots_of
from sslstudio.gui.design.link_row import LinkRow
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.words import brief, short_name
from sslstudio.gui.widgets.text import text_label

NOTHING = "none; click to add one"


class SlotList(QWidget):
    """A line for each part, to open it, or to add it where there is none.

    Signals:
        chosen: the path of a part or of a row of parts.
        add_asked: the path of an empty place, and the kind to put there.
    """

    chosen = Signal(str)
    add_asked = Signal(str, str)

    def __init__(self, choices: Choices) -> None:
        super().__init__()
        self._choices = choices
        self._shown: tuple[Slot, ...] = ()
        self.rows: list[LinkRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(text_label("Parts inside", "section"))

    def show_slots(self, recipe: Recipe, drawn: Collection[str], owner: str = "") -> None:
        """Show the parts of encoder and task, or of one of them, but for those that are drawn."""
        owners = {"encoder": recipe.encoder, "objective": recipe.objective}
        slots = tuple(
            slot
            for path in ([owner] if owner else owners)
            for slot in slots_of(owners[path], path)
            if slot.path not in drawn and not _all_drawn(slot, drawn)
        )
        self.setVisible(bool(slots))
        if slots == self._shown:
            return
        self._shown = slots
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [self._row(slot) for slot in slots]

    def _row(self, slot: Slot) -> LinkRow:
        entries = self._choices.entries(slot.item.family)
        row = LinkRow(slot.field.ui.label, _words(slot, entries), slot.field.ui.help)
        if slot.value is None:
            row.clicked.connect(partial(self.add_asked.emit, slot.path, next(iter(entries), "")))
        else:
            row.clicked.connect(partial(self.chosen.emit, slot.path))
        self._column.addWidget(row)
        return row


def _all_drawn(slot: Slot, drawn: Collection[str]) -> bool:
    return bool(slot.parts()) and all(path in drawn for path, _part in slot.parts())


def _words(slot: Slot, entries: Mapping[str, Entry]) -> str:
    if slot.value is None:
        return NOTHING
    if slot.is_pipeline:
        return ", ".join(short_name(part.kind, entries) for _path, part in slot.parts()) or "empty"
    return ", ".join(brief(part, entries) for _path, part in slot.parts()) or "empty"
