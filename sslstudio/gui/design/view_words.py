"""How views are named: by letters, in the order in which training sees them; no Qt here."""

from __future__ import annotations

from sslstudio.domain.recipe import Recipe
from sslstudio.domain.view_moves import is_linked

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def view_name(number: int, total: int) -> str:
    """Return one view's letter, or its number where there are more views than letters."""
    return LETTERS[number] if total <= len(LETTERS) else str(number + 1)


def view_names(start: int, count: int, total: int) -> str:
    """Return the names of neighbouring views in few characters, such as `A`, `A, B` or `C-H`."""
    first, last = view_name(start, total), view_name(start + count - 1, total)
    return first if count == 1 else f"{first}{', ' if count == 2 else '-'}{last}"


def first_view(recipe: Recipe, number: int) -> int:
    """Return how many views the pipelines before this one draw."""
    return sum(view.copies for view in recipe.views[:number])


def view_title(recipe: Recipe, number: int, *, short: bool = False) -> str:
    """Return the title of a pipeline's card, such as `View A` or `Local views C-H`."""
    total, view = recipe.view_count(), recipe.views[number]
    if total == 1:
        return "View"
    names = view_names(first_view(recipe, number), view.copies, total)
    noun = "view" if view.copies == 1 else "views"
    if all(other.local == view.local for other in recipe.views):
        return f"{noun.capitalize()} {names}"
    kind = "Local" if view.local else "Global"
    return f"{kind} {names}" if short else f"{kind} {noun} {names}"


def whole_title(recipe: Recipe, number: int) -> str:
    """Return the title of a pipeline where it is not drawn in parts: linked views are one thing."""
    if is_linked(recipe):
        return "Both views" if recipe.views[0].copies == 2 else "All views"
    return view_title(recipe, number)


def pixels_words(recipe: Recipe, number: int, copies: int) -> str:
    """Return how many views a pipeline draws, and how large they are."""
    return f"{copies} × {recipe.views[number].size or recipe.data.size} px"
