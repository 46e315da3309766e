"""Reads a run folder as the Train page is given it."""

from __future__ import annotations

from sslstudio.domain.errors import RecipeError
from sslstudio.gui.studio.bench import Equipment
from sslstudio.gui.train.run_view import RunView
from sslstudio.services.runs.branching import origin_of
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.sweep_place import place_of


def name_of(equipment: Equipment, folder: RunFolder) -> str:
    """Return the name that the user gave a run, else its recipe's."""
    return str(folder.notes().get("name") or folder.recipe(equipment.catalog).name)


def view_of(equipment: Equipment, folder: RunFolder, name: str) -> RunView:
    """Return a run with everything it said so far."""
    try:
        recipe = folder.recipe(equipment.catalog)
    except RecipeError:
        recipe = None
    origin, place = origin_of(folder), place_of(folder)
    return RunView(
        id=folder.id,
        name=name,
        folder=folder.path,
        recipe=recipe,
        events=tuple(folder.events()),
        sweep="" if place is None else place.words(),
        origin="" if origin is None else origin.words(),
        kept=folder.kept_steps(),
    )
