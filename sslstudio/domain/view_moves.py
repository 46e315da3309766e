"""Pure edits of the views: linking, unlinking, adding and removing a pipeline."""

from __future__ import annotations

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Recipe, ViewSpec

OWN = {"name", "copies", "pipeline"}
"""What two views may differ in and still share one pipeline."""


def is_linked(recipe: Recipe) -> bool:
    """Return whether one pipeline draws several views of each image."""
    return len(recipe.views) == 1 and recipe.views[0].copies > 1


def can_link(recipe: Recipe) -> bool:
    """Return whether there are two pipelines, for views alike, that could become one."""
    task = recipe.objective
    if len(recipe.views) != 2 or task.whole_views > 0 or task.asks_channels:
        return False
    first, second = (view.model_dump(exclude=OWN) for view in recipe.views)
    return first == second


def linked(recipe: Recipe) -> Recipe:
    """Return the recipe with both views drawn by the first pipeline."""
    if not can_link(recipe):
        raise RecipeError(
            "Only two views of the same size and kind can share one pipeline, and only where the "
            "task treats them alike."
        )
    first, second = recipe.views
    both = first.model_copy(update={"copies": first.copies + second.copies})
    return recipe.model_copy(update={"views": (both,)})


def unlinked(recipe: Recipe) -> Recipe:
    """Return the recipe with a pipeline for the first view and an equal one for the others."""
    if not is_linked(recipe):
        raise RecipeError("There is no pipeline here that draws several views.")
    both = recipe.views[0]
    first = both.model_copy(update={"copies": 1})
    second = both.model_copy(update={"copies": both.copies - 1, "name": "B"})
    return recipe.model_copy(update={"views": (first, second)})


def view_added(recipe: Recipe) -> Recipe:
    """Return the recipe with one more pipeline at the end: a copy of the last, drawing one view."""
    last = recipe.views[-1] if recipe.views else ViewSpec()
    more = last.model_copy(update={"copies": 1, "name": f"view {len(recipe.views) + 1}"})
    return recipe.model_copy(update={"views": (*recipe.views, more)})


def view_removed(recipe: Recipe, number: int) -> Recipe:
    """Return the recipe without one of its pipelines; RecipeError for the only one."""
    if not 0 <= number < len(recipe.views):
        raise RecipeError(f"views.{number}: this recipe has {len(recipe.views)} views.")
    if len(recipe.views) == 1:
        raise RecipeError("This is the only view: without it training would see no image.")
    rest = (*recipe.views[:number], *recipe.views[number + 1 :])
    return recipe.model_copy(update={"views": rest})
