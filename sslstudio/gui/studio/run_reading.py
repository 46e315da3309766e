"""Reads a run folder as the Train page is given it."""

from __future__ import annotations

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.studio.bench import Equipment
from sslstudio.gui.train.run_view import RunView
from sslstudio.services.runs.branching import origin_of
from sslstudio.services.runs.event_log import EventLog
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.sweep_place import place_of


def name_of(equipment: Equipment, folder: RunFolder) -> str:
    """Return the name that the user gave a run, else its recipe's, else its folder's."""
    return _named(folder, _recipe(equipment, folder))


def view_of(equipment: Equipment, folder: RunFolder, log: EventLog | None = None) -> RunView:
    """Return a run with everything it said so far; `log` then goes on from there."""
    recipe = _recipe(equipment, folder)
    origin, place = origin_of(folder), place_of(folder)
    return RunView(
        id=folder.id,
        name=_named(folder, recipe),
        folder=folder.path,
        recipe=recipe,
        events=tuple((log or folder.log()).new_events()),
        sweep="" if place is None else place.words(),
        origin="" if origin is None else origin.words(),
        kept=folder.kept_steps(),
    )


def _recipe(equipment: Equipment, folder: RunFolder) -> Recipe | None:
    """Return what a run trains; None if this build cannot read it."""
    try:
        return folder.recipe(equipment.catalog)
    except RecipeError:
        return None


def _named(folder: RunFolder, recipe: Recipe | None) -> str:
    return str(folder.notes().get("name") or (folder.id if recipe is None else recipe.name))
