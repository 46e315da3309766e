"""The panel on the right of the canvas: it explains what is chosen and lets it be changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sslstudio.domain.edits import value_at
from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Pooling, Recipe, Representation, ViewSpec
from sslstudio.domain.spec import AugmentationSpec, MonitorSpec, ProjectorSpec
from sslstudio.gui.design.estimate_card import EstimateCard
from sslstudio.gui.design.explaining import explain, slot_at
from sslstudio.gui.design.layer_list import LayerList
from sslstudio.gui.design.overview import Overview
from sslstudio.gui.design.part_section import PartSection, ProblemNotes
from sslstudio.gui.design.row_section import RowSection
from sslstudio.gui.design.signposts import home_of
from sslstudio.gui.design.slot_list import SlotList
from sslstudio.gui.design.source import NO_ESTIMATE, Choices, Estimate, PresetCard
from sslstudio.gui.design.sweep_section import SweepSection
from sslstudio.gui.design.words import is_nothing
from sslstudio.gui.page import Inspector
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import text_label


class DesignInspector(Inspector):
    """Shows the part at one path, or the recipe as a whole for the empty path.

    Signals:
        edited: path, replaced part and name of the field that differs.
        kind_asked: path and kind that a part should become.
        fix_asked: the `Fix` of a problem whose button was clicked.
        preset_asked: id of a preset.
        chosen: path of another part that the user wants to see.
        add_asked: path of a row of parts or of an empty place, and the kind to add there.
        sweep_asked: the `Axis` to train along, a run at each value.
        remove_asked, copy_asked: the path of a part to take away, or to copy to the other view.
    """

    edited = Signal(str, object, str)
    kind_asked = Signal(str, str)
    fix_asked = Signal(object)
    preset_asked = Signal(str)
    chosen = Signal(str)
    add_asked = Signal(str, str)
    sweep_asked = Signal(object)
    remove_asked = Signal(str)
    copy_asked = Signal(str)

    def __init__(self, choices: Choices, presets: Sequence[PresetCard], theme: Theme) -> None:
        super().__init__()
        self._choices = choices
        self._estimate = NO_ESTIMATE
        self._kept = Representation()
        self.path = ""
        self.title = text_label("", "title", wrap=True)
        self.summary = text_label("", "muted", wrap=True)
        self.citation = text_label("", "small", wrap=True)
        self.part = PartSection(choices)
        self.layers = LayerList()
        self.notes = ProblemNotes()
        self.row = RowSection("", "part", once=False)
        self.slots_list = SlotList(choices)
        self.sweep = SweepSection(choices.kinds)
        self.overview = Overview(choices, presets, theme)
        self.estimate = EstimateCard()
        self.copy = Button("Copy to other view", tooltip="Copy to the other view (Ctrl+D)")
        self.remove = Button("Remove", tooltip="Take this out of the recipe (Delete)")
        self._acts = QWidget()
        self._lay_out()
        self._connect()

    def show_path(
        self, recipe: Recipe, path: str, problems: Sequence[Problem], drawn: Collection[str]
    ) -> None:
        """Show the part of a recipe at a path, with the problems that belong to it."""
        if path != self.path:
            self.area.verticalScrollBar().setValue(0)
        self.path = path
        for widget in self._about_one():
            widget.setVisible(bool(path))
        self.overview.setVisible(not path)
        if not path:
            self.overview.show_recipe(recipe, problems, drawn)
            return
        self._explain(recipe)
        own = [problem for problem in problems if home_of(problem.path, (path,))]
        self._show_forms(recipe, own, drawn)
        self._offer_acts(recipe)

    def set_estimate(self, estimate: Estimate) -> None:
        """Show what is known about cost and layers by now."""
        self._estimate = estimate
        self.estimate.show_estimate(estimate)
        self.layers.show_layers(estimate.layers, self._kept)

    def block_sweep(self, reason: str) -> None:
        """Keep several runs from being started for a reason; none if it is empty."""
        for varied in (self.sweep, self.overview.sweep):
            varied.block(reason)

    def focus_form(self) -> None:
        """Give the keyboard to the first field of what is shown."""
        section = self.part if self.path else self.overview.sections["training"]
        if section.isVisible() and section.form is not None and section.form.field_names:
            editor = section.form.editor(section.form.field_names[0])
            controls = editor.findChildren(QWidget)
            takes = Qt.FocusPolicy.TabFocus
            first = next((c for c in controls if c.isVisible() and c.focusPolicy() & takes), editor)
            first.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.layers.isVisible() and self.layers.buttons:
            next(iter(self.layers.buttons.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def _about_one(self) -> tuple[QWidget, ...]:
        words = (self.title, self.summary, self.citation)
        forms = (self.notes, self.layers, self.part, self.row, self.slots_list, self.sweep)
        return (*words, *forms, self._acts)

    def _explain(self, recipe: Recipe) -> None:
        words = explain(recipe, self.path, self._choices)
        self.title.setText(words.title)
        for label, text in ((self.summary, words.summary), (self.citation, words.citation)):
            label.setText(text)
            label.setVisible(bool(text))

    def _show_forms(
        self, recipe: Recipe, problems: Sequence[Problem], drawn: Collection[str]
    ) -> None:
        part = value_at(recipe, self.path)
        kept, row = isinstance(part, Representation), isinstance(part, tuple)
        for widget, shown in (
            (self.layers, kept),
            (self.row, row),
            (self.part, not kept and not row),
        ):
            widget.setVisible(shown)
        self.slots_list.setVisible(False)
        self.notes.show_problems(problems if kept or row else [])
        if isinstance(part, Representation):
            self._kept = part
            self.layers.show_layers(self._estimate.layers, part)
        elif row:
            self._show_row(recipe, part)
        else:
            self.part.show_part(self.path, part, problems)
        self.sweep.show_part(recipe, self.path, None)
        if self.path in ("encoder", "objective"):
            self.slots_list.show_slots(recipe, drawn, self.path)

    def _show_row(self, recipe: Recipe, parts: tuple[object, ...]) -> None:
        slot = slot_at(recipe, self.path)
        if slot is not None and isinstance(slot.value, tuple):
            del parts
            self.row.show_row(self.path, slot.value, self._choices.entries(slot.item.family))

    def _offer_acts(self, recipe: Recipe) -> None:
        part = value_at(recipe, self.path)
        operation = isinstance(part, AugmentationSpec)
        in_row = self.path.rpartition(".")[2].isdigit()
        view = isinstance(part, ViewSpec)
        removable = operation or in_row if not view else len(recipe.views) > 1
        removable = removable or _is_head(part) or isinstance(part, MonitorSpec)
        self.copy.setVisible(operation and len(recipe.views) > 1)
        self.remove.setVisible(removable)
        self._acts.setVisible(removable)

    def _pick_layers(self, names: tuple[str, ...]) -> None:
        self._keep({"layer": names[0], "also": names[1:]}, "layer")

    def _pick_pooling(self, pooling: Pooling) -> None:
        self._keep({"pooling": pooling}, "pooling")

    def _keep(self, update: dict[str, object], field: str) -> None:
        self.edited.emit("representation", self._kept.model_copy(update=update), field)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._acts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.copy)
        row.addWidget(self.remove)
        row.addStretch(1)
        for widget in (*self._about_one(), self.overview):
            self.column.addWidget(widget)
        self.foot.setContentsMargins(12, 8, 16, 12)
        self.foot.addWidget(self.estimate)

    def _connect(self) -> None:
        for section in (self.part, *self.overview.sections.values()):
            section.edited.connect(self.edited)
            section.kind_asked.connect(self.kind_asked)
            section.fix_asked.connect(self.fix_asked)
        for notes in (self.notes, self.overview.notes):
            notes.fix_asked.connect(self.fix_asked)
        for listed in (self.row, self.overview.monitors, self.slots_list, self.overview.slots_list):
            listed.chosen.connect(self.chosen)
            listed.add_asked.connect(self.add_asked)
        for removing in (self.row, self.overview.monitors):
            removing.remove_asked.connect(self.remove_asked)
        for varied in (self.sweep, self.overview.sweep):
            varied.asked.connect(self.sweep_asked)
        self.layers.picked.connect(self._pick_layers)
        self.layers.pooled.connect(self._pick_pooling)
        self.overview.preset_asked.connect(self.preset_asked)
        self.copy.clicked.connect(lambda: self.copy_asked.emit(self.path))
        self.remove.clicked.connect(lambda: self.remove_asked.emit(self.path))


def _is_head(part: object) -> bool:
    return isinstance(part, ProjectorSpec) and not is_nothing(part)
