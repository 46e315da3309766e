"""What keys and clicks on the canvas do to a recipe; each answers with the recipe and its words."""

from __future__ import annotations

from dataclasses import dataclass

from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.moves import (
    Spot,
    copied,
    free_spot,
    inserted,
    is_linked,
    linked,
    moved,
    operation_at,
    placed,
    refusal,
    removed,
    stop_gradient_toggled,
    target_field,
    unlinked,
)
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import AugmentationSpec, ProjectorSpec
from sslstudio.gui.design.carrying import SHARED
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.words import is_nothing, short_name

PIPELINE_PARTS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """A recipe after an act, the words for undo, and the path to choose next."""

    recipe: Recipe
    label: str
    path: str


def spot_of(path: str) -> Spot | None:
    """Return the place of an operation from its path; None for the path of anything else."""
    names = path.split(".")
    if len(names) == PIPELINE_PARTS and names[2] == "pipeline":
        return Spot(int(names[1]), int(names[3]))
    return None


def word_of(recipe: Recipe, spot: Spot, choices: Choices) -> str:
    """Return the short name of the operation at a place."""
    kind = operation_at(recipe, spot).kind
    return short_name(kind, choices.entries(AugmentationSpec.family))


def append(recipe: Recipe, view: int, part: AugmentationSpec, word: str) -> Outcome:
    """Put an operation at the end of a view, or where it may stand closest to the end."""
    spot = free_spot(recipe, view, part)
    return Outcome(inserted(recipe, spot, part), f"Add {word}", spot.path)


def remove(recipe: Recipe, path: str, choices: Choices) -> Outcome:
    """Take an operation or a head away; RecipeError says why anything else has to stay."""
    spot = spot_of(path)
    if spot is not None:
        after = removed(recipe, spot)
        left = len(after.views[spot.view].pipeline)
        nearest = Spot(spot.view, min(spot.position, left - 1))
        next_path = nearest.path if left else f"views.{spot.view}"
        return Outcome(after, f"Remove {word_of(recipe, spot, choices)}", next_path)
    if path and isinstance(value_at(recipe, path), ProjectorSpec):
        name = path.rpartition(".")[2].replace("_", " ")
        return Outcome(placed(recipe, path, _head(choices, present=False)), f"Remove {name}", path)
    raise RecipeError(
        "This part cannot be left out.", "Choose another kind for it in the panel on the right."
    )


def add_head(recipe: Recipe, path: str, choices: Choices) -> Outcome:
    """Put a head where there is none."""
    name = path.rpartition(".")[2].replace("_", " ")
    return Outcome(placed(recipe, path, _head(choices, present=True)), f"Add {name}", path)


def shift(recipe: Recipe, path: str, by: int, choices: Choices) -> Outcome:
    """Move an operation earlier or later; RecipeError says why it has to stay."""
    spot = spot_of(path)
    if spot is None:
        raise RecipeError("Only an operation of a view can be moved.")
    last = len(recipe.views[spot.view].pipeline) - 1
    goal = Spot(spot.view, min(max(spot.position + by, 0), last))
    gap = Spot(goal.view, goal.position + (by > 0))
    part = operation_at(recipe, spot)
    reason = refusal(recipe, gap, part, spot)
    if reason:
        raise RecipeError(reason)
    after = moved(recipe, spot, gap)
    return Outcome(after, f"Move {word_of(recipe, spot, choices)}", goal.path)


def copy_across(recipe: Recipe, path: str, choices: Choices) -> Outcome:
    """Copy an operation to the other view; RecipeError says why that cannot be done."""
    spot = spot_of(path)
    if spot is None:
        raise RecipeError("Only an operation of a view can be copied.")
    if len(recipe.views) == 1:
        raise RecipeError(SHARED if is_linked(recipe) else "There is no other view.")
    other = (spot.view + 1) % len(recipe.views)
    goal = free_spot(recipe, other, operation_at(recipe, spot))
    label = f"Copy {word_of(recipe, spot, choices)}"
    return Outcome(copied(recipe, spot, goal), label, goal.path)


def toggle_stop(recipe: Recipe, choices: Choices) -> Outcome:
    """Set or lift the stop-gradient; RecipeError where the target never takes gradient."""
    after = stop_gradient_toggled(recipe, choices.kinds)
    path = f"objective.{target_field(recipe.objective)}"
    flows = value_at(after, path).carries_gradient
    return Outcome(after, "Lift stop-gradient" if flows else "Set stop-gradient", path)


def toggle_link(recipe: Recipe) -> Outcome:
    """Give each view a pipeline of its own, or one to both."""
    if is_linked(recipe):
        return Outcome(unlinked(recipe), "Unlink views", "views.0")
    return Outcome(linked(recipe), "Link both views", "views.0")


def _head(choices: Choices, *, present: bool) -> ProjectorSpec:
    for entry in choices.entries(ProjectorSpec.family).values():
        head = entry.spec.model_validate({"kind": entry.kind})
        if isinstance(head, ProjectorSpec) and is_nothing(head) != present:
            return head
    raise RecipeError("This build has no such head.", "Update sslstudio.")
