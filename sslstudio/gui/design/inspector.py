"""The panel on the right of the canvas: it explains what is chosen and lets it be changed."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.domain.edits import value_at
from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Recipe, Representation, ViewSpec
from sslstudio.domain.spec import AugmentationSpec, ProjectorSpec, Spec
from sslstudio.gui.design.estimate_card import EstimateCard
from sslstudio.gui.design.overview import Overview
from sslstudio.gui.design.part_section import PartSection
from sslstudio.gui.design.signposts import home_of
from sslstudio.gui.design.source import Choices, PresetCard
from sslstudio.gui.design.words import family_of, is_nothing, summary_of, title_of
from sslstudio.gui.page import Inspector
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import text_label

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class DesignInspector(Inspector):
    """Shows the part at one path, or the recipe as a whole for the empty path.

    Signals:
        edited: path, replaced part and name of the field that differs.
        kind_asked: path and kind that a part should become.
        fix_asked: the `Fix` of a problem whose button was clicked.
        preset_asked: id of a preset.
        remove_asked, copy_asked: the path of a part to take away, or to copy to the other view.
    """

    edited = Signal(str, object, str)
    kind_asked = Signal(str, str)
    fix_asked = Signal(object)
    preset_asked = Signal(str)
    remove_asked = Signal(str)
    copy_asked = Signal(str)

    def __init__(self, choices: Choices, presets: Sequence[PresetCard]) -> None:
        super().__init__()
        self._choices = choices
        self.path = ""
        self.title = text_label("", "title")
        self.summary = text_label("", "muted", wrap=True)
        self.citation = text_label("", "small", wrap=True)
        self.part = PartSection(choices)
        self.overview = Overview(choices, presets)
        self.estimate = EstimateCard()
        self.copy = Button("Copy to other view", tooltip="Copy to the other view (Ctrl+D)")
        self.remove = Button("Remove", tooltip="Take this out of the recipe (Delete)")
        self._acts = QWidget()
        self._lay_out()
        self._connect()

    def show_path(self, recipe: Recipe, path: str, problems: Sequence[Problem]) -> None:
        """Show the part of a recipe at a path, with the problems that belong to it."""
        self.path = path
        whole = not path
        self.overview.setVisible(whole)
        for widget in (self.title, self.summary, self.citation, self.part, self._acts):
            widget.setVisible(not whole)
        if whole:
            self.overview.show_recipe(recipe, problems)
            return
        part = value_at(recipe, path)
        self._explain(recipe, part)
        self.part.show_part(path, part, [p for p in problems if home_of(p.path, (path,))])
        operation = isinstance(part, AugmentationSpec)
        self.copy.setVisible(operation and len(recipe.views) > 1)
        self.remove.setVisible(operation or _is_head(part))
        self._acts.setVisible(operation or _is_head(part))

    def focus_form(self) -> None:
        """Give the keyboard to the first field of what is shown."""
        section = self.part if self.path else self.overview.sections["training"]
        if section.form is not None and section.form.field_names:
            editor = section.form.editor(section.form.field_names[0])
            controls = editor.findChildren(QWidget)
            takes = Qt.FocusPolicy.TabFocus
            first = next((c for c in controls if c.isVisible() and c.focusPolicy() & takes), editor)
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _explain(self, recipe: Recipe, part: BaseModel) -> None:
        title, summary, citation = self._words(recipe, part)
        self.title.setText(title)
        self.summary.setText(summary)
        self.citation.setText(citation)
        self.citation.setVisible(bool(citation))

    def _words(self, recipe: Recipe, part: BaseModel) -> tuple[str, str, str]:
        if isinstance(part, Spec):
            entries = self._choices.entries(family_of(part))
            entry = entries.get(part.kind)
            operation = isinstance(part, AugmentationSpec)
            name = self.path.rpartition(".")[2].replace("_", " ").capitalize()
            title = title_of(part, entries) if operation else name
            return title, summary_of(part, entries), entry.citation if entry else ""
        if isinstance(part, ViewSpec):
            return _view_title(recipe, self.path), _view_words(recipe), ""
        if isinstance(part, Representation):
            return "Representation", "What is kept, measured, searched and exported.", ""
        return self.path.rpartition(".")[2].capitalize(), "", ""

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._acts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.copy)
        row.addWidget(self.remove)
        row.addStretch(1)
        for widget in (
            *(self.title, self.summary, self.citation),
            *(self.part, self._acts, self.overview),
        ):
            self.column.addWidget(widget)
        self.foot.setContentsMargins(12, 12, 16, 16)
        self.foot.addWidget(self.estimate)

    def _connect(self) -> None:
        for section in (self.part, *self.overview.sections.values()):
            section.edited.connect(self.edited)
            section.kind_asked.connect(self.kind_asked)
            section.fix_asked.connect(self.fix_asked)
        self.overview.notes.fix_asked.connect(self.fix_asked)
        self.overview.preset_asked.connect(self.preset_asked)
        self.copy.clicked.connect(lambda: self.copy_asked.emit(self.path))
        self.remove.clicked.connect(lambda: self.remove_asked.emit(self.path))


def _is_head(part: BaseModel) -> bool:
    return isinstance(part, ProjectorSpec) and not is_nothing(part)


def _view_title(recipe: Recipe, path: str) -> str:
    if len(recipe.views) == 1:
        return "Both views" if recipe.views[0].copies > 1 else "View"
    return f"View {LETTERS[int(path.split('.')[1])]}"


def _view_words(recipe: Recipe) -> str:
    if len(recipe.views) == 1 and recipe.views[0].copies > 1:
        return "One pipeline draws all views of an image, each time with other random values."
    return "The operations from left to right, drawn anew for each image and each step."
