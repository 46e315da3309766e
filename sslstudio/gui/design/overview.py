"""The recipe as a whole: its preset, its task, its training, its optimizer and its monitors."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import MonitorSpec
from sslstudio.gui.design.part_section import PartSection, ProblemNotes
from sslstudio.gui.design.preset_card import BY_HAND, PresetCardView
from sslstudio.gui.design.preset_chooser import PresetChooser
from sslstudio.gui.design.row_section import RowSection
from sslstudio.gui.design.signposts import home_of
from sslstudio.gui.design.slot_list import SlotList
from sslstudio.gui.design.source import Choices, PresetCard
from sslstudio.gui.design.sweep_section import SweepSection
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.panel import SplitLine
from sslstudio.gui.widgets.text import text_label

SECTIONS = {
    "objective": "Task",
    "training.budget": "Training",
    "training": "",
    "training.schedule": "",
    "optimizer": "Optimizer",
    "": "",
}
"""Paths and headings of the forms; the empty path is the recipe itself."""
MONITORS = "monitors"


class Overview(QWidget):
    """What the inspector shows when no part is chosen.

    Signals:
        preset_asked: the id of the preset that the user chose.
    """

    preset_asked = Signal(str)

    def __init__(self, choices: Choices, presets: Sequence[PresetCard], theme: Theme) -> None:
        super().__init__()
        self._choices = choices
        self._presets = {preset.id: preset for preset in presets}
        self.preset = PresetChooser(presets, theme)
        self.preset.picked.connect(self.preset_asked)
        self.card = PresetCardView(folded=True)
        self.sweep = SweepSection(choices.kinds)
        self.notes = ProblemNotes()
        self.sections = {path: PartSection(choices, title) for path, title in SECTIONS.items()}
        self.slots_list = SlotList(choices)
        self.monitors = RowSection("Monitors", "monitor", once=True)
        self._lay_out()

    def show_recipe(
        self, recipe: Recipe, problems: Sequence[Problem], drawn: Collection[str]
    ) -> None:
        """Show a recipe and its problems; parts that are drawn on the canvas need no line here."""
        self.preset.show_preset(recipe.preset)
        card = self._presets.get(recipe.preset, BY_HAND)
        self.card.show_card(card)
        self.sweep.show_part(recipe, "", card.sweep)
        parts = {
            "objective": recipe.objective,
            "training": recipe.training,
            "training.budget": recipe.training.budget,
            "training.schedule": recipe.training.schedule,
            "optimizer": recipe.optimizer,
            "": recipe,
        }
        for path, section in self.sections.items():
            own = [problem for problem in problems if path and _home(problem) == path]
            section.show_part(path, parts[path], own)
        self.slots_list.show_slots(recipe, drawn)
        entries = self._choices.entries(MonitorSpec.family)
        self.monitors.show_row(MONITORS, recipe.monitors, entries)
        self.notes.show_problems([problem for problem in problems if not _home(problem)])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(text_label("Recipe", "title"))
        column.addWidget(self.preset)
        column.addWidget(self.card)
        column.addWidget(self.sweep)
        column.addWidget(self.notes)
        for path, section in self.sections.items():
            if SECTIONS[path]:
                column.addWidget(SplitLine())
            column.addWidget(section)
            if path == "objective":
                column.addWidget(self.slots_list)
            if path == "optimizer":
                column.addWidget(SplitLine())
                column.addWidget(self.monitors)


def _home(problem: Problem) -> str:
    return home_of(problem.path, ("training", "training.budget", "training.schedule", "optimizer"))
