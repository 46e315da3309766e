"""The recipe that is open in the window, with its past, its future and its problems."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from sslstudio.domain.history import History
from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Recipe

Check = Callable[[Recipe], tuple[Problem, ...]]


class RecipeDocument(QObject):
    """Holds one immutable recipe at a time; every change can be undone."""

    changed = Signal(object, object)
    """Emitted with the recipe before and after an edit, an undo or a redo."""
    problems_changed = Signal()

    def __init__(self, recipe: Recipe, check: Check, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = History.starting_with(recipe)
        self._check = check
        self._problems = check(recipe)

    @property
    def recipe(self) -> Recipe:
        """The present recipe."""
        return self._history.value

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong or doubtful about the present recipe, errors first."""
        return self._problems

    @property
    def undo_label(self) -> str:
        """What undo would take back; empty if there is nothing."""
        return self._history.undo_label

    @property
    def redo_label(self) -> str:
        """What redo would bring back; empty if there is nothing."""
        return self._history.redo_label

    def edit(self, new: Recipe, label: str, merge_key: str = "") -> None:
        """Make this the present recipe; edits in a row with one merge key undo as one."""
        self._become(self._history.edited(new, label, merge_key))

    def undo(self) -> None:
        """Go one step back, if there is one."""
        self._become(self._history.undone())

    def redo(self) -> None:
        """Go one step forward again, if there is one."""
        self._become(self._history.redone())

    def load(self, recipe: Recipe) -> None:
        """Begin anew with another recipe, without a past."""
        self._become(History.starting_with(recipe))

    def recheck(self) -> None:
        """Look for problems again, because what is known about the images has changed."""
        problems = self._check(self.recipe)
        if problems != self._problems:
            self._problems = problems
            self.problems_changed.emit()

    def _become(self, history: History[Recipe]) -> None:
        if history == self._history:
            return
        before, self._history = self.recipe, history
        # Problems first: whoever hears `changed` reads both and must find them in step.
        problems = self._check(history.value)
        differ, self._problems = problems != self._problems, problems
        self.changed.emit(before, history.value)
        if differ:
            self.problems_changed.emit()
