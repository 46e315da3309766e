"""Carries out what inspector and palette ask of the open recipe, each act a step of undo."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel
from PySide6.QtCore import QObject, QTimer, Signal

from sslstudio.domain.errors import StudioError
from sslstudio.domain.problems import Fix
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.gui.design import acts
from sslstudio.gui.design.editing import edit_words, mended, with_kind, with_part
from sslstudio.gui.design.source import Choices, DesignSource
from sslstudio.gui.document import RecipeDocument

LULL_MS = 700
"""Edits of one field that are closer together than this are one step of undo."""


class EditDesk(QObject):
    """Changes the document; `chosen` tells the path of the part that is looked at.

    Signals:
        done: the path to choose next; it may be gone.
        refused: the sentence that says why nothing was changed.
    """

    done = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        document: RecipeDocument,
        choices: Choices,
        source: DesignSource,
        chosen: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._choices, self._source = document, choices, source
        self._chosen = chosen
        self._gesture = 0
        self._lull = QTimer(self)
        self._lull.setSingleShot(True)
        self._lull.setInterval(LULL_MS)
        self._lull.timeout.connect(self._next_gesture)

    @property
    def in_gesture(self) -> bool:
        """True while another edit of the same field would join the last one's step of undo."""
        return self._lull.isActive()

    def change(self, path: str, part: BaseModel, field: str) -> None:
        """Put another part at a path, which differs in one field."""
        recipe = with_part(self._document.recipe, path, part)
        self._lull.start()
        key = f"{path}.{field}#{self._gesture}"
        self._document.edit(recipe, edit_words(part, path, field), merge_key=key)

    def append(self, part: AugmentationSpec, word: str) -> None:
        """Add an operation to the pipeline that is looked at."""

        def append(recipe: Recipe) -> acts.Outcome:
            return acts.append(recipe, acts.pipeline_of(recipe, self._chosen()), part, word)

        self._try(append)

    def remove(self, path: str) -> None:
        """Take a part out."""
        self._try(lambda recipe: acts.remove(recipe, path, self._choices))

    def add(self, path: str, kind: str) -> None:
        """Add a part of a kind to a row or an empty place."""
        self._try(lambda recipe: acts.add_item(recipe, path, kind, self._choices))

    def copy(self, path: str) -> None:
        """Copy an operation to the other view."""
        self._try(lambda recipe: acts.copy_across(recipe, path, self._choices))

    def change_kind(self, path: str, kind: str) -> None:
        """Let a part become another kind."""

        def change(recipe: Recipe) -> acts.Outcome:
            after, label = with_kind(recipe, path, kind, self._choices, self._source)
            return acts.Outcome(after, label, self._chosen())

        self._try(change)

    def mend(self, fix: Fix) -> None:
        """Do what a problem's button says."""

        def mend(recipe: Recipe) -> acts.Outcome:
            return acts.Outcome(mended(recipe, fix, self._choices), fix.label, self._chosen())

        self._try(mend)

    def use_preset(self, preset_id: str) -> None:
        """Begin anew with a preset on the same images."""
        titles = {preset.id: preset.title for preset in self._source.presets()}

        def use(recipe: Recipe) -> acts.Outcome:
            chosen = self._source.recipe_for(preset_id, recipe)
            return acts.Outcome(chosen, f"Use {titles[preset_id]}", "")

        self._try(use)

    def _next_gesture(self) -> None:
        self._gesture += 1

    def _try(self, act: Callable[[Recipe], acts.Outcome]) -> None:
        try:
            outcome = act(self._document.recipe)
        except StudioError as error:
            self.refused.emit(str(error))
            return
        self._document.edit(outcome.recipe, outcome.label)
        self.done.emit(outcome.path)
