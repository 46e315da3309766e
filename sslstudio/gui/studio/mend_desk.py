"""Puts a remedy for what went wrong in a run into the recipe that is open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from sslstudio.domain.edits import with_value
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.problems import Fix
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.studio.workshop import Workshop


class MendDesk(QObject):
    """Opens the recipe of the run that is looked at with the remedy that was pressed."""

    def __init__(self, workshop: Workshop, recipe: Callable[[], Recipe | None]) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._recipe = recipe
        workshop.train.fix_asked.connect(self._mend)

    def _mend(self, fix: Fix) -> None:
        workshop, recipe = self._workshop, self._recipe()
        if recipe is None:
            return
        try:
            for path, value in fix.edits:
                recipe = with_value(recipe, path, value, workshop.equipment.catalog.kinds)
        except RecipeError as error:
            workshop.frame.messages.show_error(error)
            return
        workshop.document.edit(recipe, fix.label)
        workshop.frame.show_page("design")
