"""The Design page: palette, canvas and preview on the stage, the chosen part in the inspector."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.actions import Action
from sslstudio.gui.design.canvas import DesignCanvas
from sslstudio.gui.design.edit_desk import EditDesk
from sslstudio.gui.design.editing import exists, same_kind_at
from sslstudio.gui.design.inspector import DesignInspector
from sslstudio.gui.design.layers import missing_layer
from sslstudio.gui.design.palette import PaletteRow
from sslstudio.gui.design.preview import PreviewPanel
from sslstudio.gui.design.source import NO_ESTIMATE, Choices, DesignSource, Estimate
from sslstudio.gui.design.welcome import Welcome
from sslstudio.gui.document import RecipeDocument
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.page import Page
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.panel import Panel, SplitLine


class DesignPage(Page):
    """Draws the open recipe as a figure and lets every part of it be changed.

    Signals:
        start_asked: the user wants to train this recipe.
    """

    start_asked = Signal()

    def __init__(
        self,
        document: RecipeDocument,
        choices: Choices,
        source: DesignSource,
        jobs: Jobs,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._document, self._choices, self._source = document, choices, source
        self._path, self._why_not = "", ""
        self._estimate = NO_ESTIMATE
        self._origin: Recipe | None = None
        self.editing = EditDesk(document, choices, source, lambda: self._path, self)
        self.palette_row = PaletteRow(choices, theme)
        self.welcome = Welcome()
        self.canvas = DesignCanvas(document, choices, theme)
        self.preview = PreviewPanel(source, jobs, theme)
        self.inspector = DesignInspector(choices, source.presets(), theme)
        self.undo = Button("Undo", tooltip="Nothing to undo")
        self.redo = Button("Redo", tooltip="Nothing to redo")
        self.start = Button("Start training", "primary")
        self._arrange()
        self._connect()
        self._refresh()

    def title(self) -> str:
        """Return the recipe's name."""
        return self._document.recipe.name

    def chips(self) -> list[str]:
        """Return the preset that the recipe began with, and whether it still is that."""
        recipe = self._document.recipe
        titles = {preset.id: preset.title for preset in self._source.presets()}
        if recipe.preset not in titles:
            return []
        chips = [f"preset: {titles[recipe.preset]}"]
        return [*chips, "edited"] if self._is_edited(recipe) else chips

    def header_buttons(self) -> list[QWidget]:
        """Return undo, redo and start."""
        return [self.undo, self.redo, self.start]

    def actions_offered(self) -> tuple[Action, ...]:
        """Return what the keyboard and the command palette can do here."""
        document = self._document
        return (
            Action(
                "design.undo", "Undo", "Ctrl+Z", document.undo, lambda: bool(document.undo_label)
            ),
            Action(
                "design.redo", "Redo", "Ctrl+Y", document.redo, lambda: bool(document.redo_label)
            ),
            Action("design.presets", "Choose a preset", "P", self._search_presets),
            Action("design.operations", "Add an operation", "/", self.palette_row.open_finder),
            Action("design.again", "Draw the views again", "R", self.preview.draw_again),
            Action("design.steps", "Step through the operations", "", self.preview.stepping.toggle),
            Action(
                "design.start",
                "Start training",
                "Ctrl+Return",
                self.start_asked.emit,
                self.start.isEnabled,
            ),
        )

    def activated(self) -> None:
        """Give the keyboard to the canvas and draw the views of the present recipe."""
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self.preview.show_recipe(self._document.recipe)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height between canvas and preview."""
        super().resizeEvent(event)
        self.preview.fit_into(event.size().height())

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was not worth drawing while nobody looked."""
        super().showEvent(event)
        self.activated()

    def choose(self, path: str) -> None:
        """Choose the part at a path; the empty path is the recipe as a whole."""
        self._path = path
        self.canvas.choose(path)
        self._show_choice()

    def set_estimate(self, estimate: Estimate) -> None:
        """Show what is known about the recipe's cost by now."""
        layers, self._estimate = self._estimate.layers, estimate
        self.canvas.set_estimate(estimate)
        self.inspector.set_estimate(estimate)
        self._invite()
        if layers != estimate.layers:
            self._refresh()

    def images_changed(self) -> None:
        """Draw the preview from the images that are open now."""
        self._origin = None
        self.preview.refresh()
        self._refresh()

    def block_start(self, reason: str) -> None:
        """Keep training from starting for a reason beside the recipe; none if it is empty."""
        self._why_not = reason
        self._refresh()

    def _arrange(self) -> None:
        stage = Panel("stage", margin=0, spacing=0)
        top = Panel("flat", margin=0, spacing=0)
        top.body.addWidget(self.palette_row)
        for widget in (top, SplitLine(), self.welcome):
            stage.body.addWidget(widget)
        stage.body.addWidget(self.canvas, 1)
        for widget in (SplitLine(), self.preview):
            stage.body.addWidget(widget)
        self.lay_out(stage, self.inspector)

    def _connect(self) -> None:
        document, inspector, editing = self._document, self.inspector, self.editing
        document.changed.connect(self._recipe_changed)
        document.problems_changed.connect(self._refresh)
        editing.done.connect(self._acted)
        editing.refused.connect(self._refused)
        self.canvas.chosen.connect(self._chosen)
        self.canvas.opened.connect(inspector.focus_form)
        self.palette_row.appended.connect(editing.append)
        inspector.edited.connect(editing.change)
        inspector.kind_asked.connect(editing.change_kind)
        inspector.fix_asked.connect(editing.mend)
        inspector.preset_asked.connect(editing.use_preset)
        inspector.remove_asked.connect(editing.remove)
        inspector.copy_asked.connect(editing.copy)
        inspector.add_asked.connect(editing.add)
        inspector.chosen.connect(self.choose)
        self.undo.clicked.connect(document.undo)
        self.redo.clicked.connect(document.redo)
        self.start.clicked.connect(self.start_asked)

    def _search_presets(self) -> None:
        self.choose("")
        self.inspector.area.verticalScrollBar().setValue(0)
        self.inspector.overview.preset.showPopup()

    def _recipe_changed(self, old: Recipe, new: Recipe) -> None:
        if not same_kind_at(old, new, self._path):
            self.choose("")
        self._refresh()
        if self.isVisible():
            self.preview.show_recipe(new)

    def _refresh(self) -> None:
        self._show_choice()
        self._show_history()
        self._invite()
        errors = [p.text for p in self._problems() if p.severity == "error"]
        reasons = [*errors, *([self._why_not] if self._why_not else [])]
        self.start.setEnabled(not reasons)
        self.inspector.block_sweep(" ".join(reasons))
        self.start.explain("\n".join(reasons) or "Train this recipe (Ctrl+Return)")
        self.header_changed.emit()

    def _invite(self) -> None:
        self.welcome.invite(self._document.recipe.training.budget, self._estimate)

    def _show_history(self) -> None:
        for button, word, keys in ((self.undo, "Undo", "Ctrl+Z"), (self.redo, "Redo", "Ctrl+Y")):
            label = self._document.undo_label if word == "Undo" else self._document.redo_label
            button.setEnabled(bool(label))
            said = f"{word}: {label}" if label else f"Nothing to {word.lower()}"
            button.explain(f"{said}  ({keys})")

    def _show_choice(self) -> None:
        recipe, drawn = self._document.recipe, self.canvas.drawn_paths()
        self.inspector.show_path(recipe, self._path, self._problems(), drawn)

    def _problems(self) -> tuple[Problem, ...]:
        """Return what the recipe's check found, and a kept layer that the encoder lacks."""
        kept = self._document.recipe.representation
        missing = missing_layer(kept, self._estimate.layers)
        known = self._document.problems
        return known if missing is None else (missing, *known)

    def _chosen(self, path: str) -> None:
        self._path = path
        self._show_choice()

    def _acted(self, path: str) -> None:
        self.choose(path if exists(self._document.recipe, path) else "")

    def _refused(self, sentence: str) -> None:
        self.canvas.figure_scene.say(sentence, QPointF(16, 16))
        self._show_choice()

    def _is_edited(self, recipe: Recipe) -> bool:
        origin = self._origin
        if origin is None or (origin.preset, origin.data) != (recipe.preset, recipe.data):
            origin = self._origin = self._source.recipe_for(recipe.preset, recipe)
        same = {"name": recipe.name, "seed": recipe.seed}
        return origin.model_copy(update=same) != recipe
