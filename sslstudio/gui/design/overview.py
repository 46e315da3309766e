"""The recipe as a whole: the preset it began with, its task, its training and its optimizer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.design.chooser import Chooser, preset_options
from sslstudio.gui.design.part_section import PartSection, ProblemNotes
from sslstudio.gui.design.signposts import home_of
from sslstudio.gui.design.source import Choices, PresetCard
from sslstudio.gui.widgets.panel import SplitLine
from sslstudio.gui.widgets.text import text_label

SECTIONS = {
    "objective": "Task",
    "training": "Training",
    "training.budget": "",
    "training.schedule": "",
    "optimizer": "Optimizer",
    "": "",
}
"""Paths and headings of the forms; the empty path is the recipe itself."""


class Overview(QWidget):
    """What the inspector shows when no part is chosen.

    Signals:
        preset_asked: the id of the preset that the user chose.
    """

    preset_asked = Signal(str)

    def __init__(self, choices: Choices, presets: Sequence[PresetCard]) -> None:
        super().__init__()
        self._presets = {preset.id: preset for preset in presets}
        self.preset = Chooser("Preset")
        self.preset.setObjectName("design.preset")
        self.preset.picked.connect(self.preset_asked)
        self._explanation = text_label("", "muted", wrap=True)
        self._citation = text_label("", "small", wrap=True)
        self.notes = ProblemNotes()
        self.sections = {path: PartSection(choices, title) for path, title in SECTIONS.items()}
        self._lay_out()

    def show_recipe(self, recipe: Recipe, problems: Sequence[Problem]) -> None:
        """Show a recipe and all of its problems."""
        self.preset.show_options(preset_options(list(self._presets.values())), recipe.preset)
        card = self._presets.get(recipe.preset)
        self._explanation.setText(card.explanation if card else "Assembled by hand.")
        known = (card.family, card.citation) if card else ()
        self._citation.setText(" · ".join(text for text in known if text))
        self._citation.setVisible(bool(self._citation.text()))
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
        self.notes.show_problems([problem for problem in problems if not _home(problem)])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(text_label("Recipe", "title"))
        column.addWidget(self.preset)
        column.addWidget(self._explanation)
        column.addWidget(self._citation)
        column.addWidget(self.notes)
        for path, section in self.sections.items():
            if SECTIONS[path]:
                column.addWidget(SplitLine())
            column.addWidget(section)


def _home(problem: Problem) -> str:
    return home_of(problem.path, ("training", "training.budget", "training.schedule", "optimizer"))
