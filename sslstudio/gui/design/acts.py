"""What keys and clicks on the canvas do to a recipe; each answers with the recipe and its words."""

from __future__ import annotations

from dataclasses import dataclass

from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.moves import placed, stop_gradient_toggled, target_field
from sslstudio.domain.pipelines import (
    VIEWS,
    Spot,
    copied,
    free_spot,
    inserted,
    moved,
    operation_at,
    pipeline_at,
    refusal,
    removed,
)
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.slots import pipeline_paths, slots_of
from sslstudio.domain.spec import AugmentationSpec, MonitorSpec, ProjectorSpec, Spec
from sslstudio.domain.view_moves import is_linked, linked, unlinked, view_added, view_removed
from sslstudio.gui.design.carrying import SHARED
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.view_words import view_title
from sslstudio.gui.design.words import family_of, short_name, title_of

NO_HEAD, USUAL_HEAD = "none", "mlp"
MONITORS = "monitors"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A recipe after an act, the words for undo, and the path to choose next."""

    recipe: Recipe
    label: str
    path: str


def spot_of(recipe: Recipe, path: str) -> Spot | None:
    """Return the place of an operation from its path; None for the path of anything else."""
    pipeline, _dot, position = path.rpartition(".")
    if not position.isdigit() or not isinstance(value_at(recipe, path), AugmentationSpec):
        return None
    return Spot(pipeline, int(position))


def pipeline_of(recipe: Recipe, path: str) -> str:
    """Return the pipeline in which a path stands; that of the first view for any other place."""
    paths = pipeline_paths(recipe)
    if not paths:
        raise RecipeError("There is no view to put this into.", "Add a view first.")
    homes = {home: home for home in paths} | {
        home.removesuffix(".pipeline"): home for home in paths
    }
    return next((homes[home] for home in homes if f"{path}.".startswith(f"{home}.")), paths[0])


def word_of(recipe: Recipe, spot: Spot, choices: Choices) -> str:
    """Return the short name of the operation at a place."""
    kind = operation_at(recipe, spot).kind
    return short_name(kind, choices.entries(AugmentationSpec.family))


def append(recipe: Recipe, pipeline: str, part: AugmentationSpec, word: str) -> Outcome:
    """Put an operation at the end of a pipeline, or where it may stand closest to the end."""
    spot = free_spot(recipe, pipeline, part)
    reason = refusal(recipe, spot, part)
    if reason:
        raise RecipeError(reason)
    return Outcome(inserted(recipe, spot, part), f"Add {word}", spot.path)


def remove(recipe: Recipe, path: str, choices: Choices) -> Outcome:
    """Take an operation, a view or a head away; RecipeError says why anything else has to stay."""
    spot, part = spot_of(recipe, path) if path else None, value_at(recipe, path) if path else None
    if spot is not None:
        return _without_operation(recipe, spot, choices)
    if isinstance(part, ViewSpec):
        number = int(path.rpartition(".")[2])
        title = view_title(recipe, number)
        after = view_removed(recipe, number)
        return Outcome(after, f"Remove {title}", f"{VIEWS}{min(number, len(after.views) - 1)}")
    row, _dot, position = path.rpartition(".")
    if isinstance(part, Spec) and position.isdigit():
        return _without_item(recipe, row, int(position), choices)
    if isinstance(part, ProjectorSpec):
        name = path.rpartition(".")[2].replace("_", " ")
        return Outcome(placed(recipe, path, _head(choices, NO_HEAD)), f"Remove {name}", path)
    raise RecipeError(
        "This part cannot be left out.", "Choose another kind for it in the panel on the right."
    )


def add_head(recipe: Recipe, path: str, choices: Choices) -> Outcome:
    """Put a head where there is none."""
    name = path.rpartition(".")[2].replace("_", " ")
    return Outcome(placed(recipe, path, _head(choices, USUAL_HEAD)), f"Add {name}", path)


def add_item(recipe: Recipe, path: str, kind: str, choices: Choices) -> Outcome:
    """Put a part of a kind, with its author's settings, into a row of parts or an empty place."""
    family = _family_at(recipe, path)
    entry = choices.entries(family).get(kind)
    if entry is None:
        raise RecipeError(f"This build has no {kind!r} among the {family}.", "Update sslstudio.")
    part, row = entry.spec.model_validate({"kind": kind}), value_at(recipe, path)
    if isinstance(row, tuple):
        after = placed(recipe, path, (*row, part))
        return Outcome(after, f"Add {entry.title}", f"{path}.{len(row)}")
    return Outcome(placed(recipe, path, part), f"Add {entry.title}", path)


def add_view(recipe: Recipe) -> Outcome:
    """Add a pipeline like the last one."""
    after = view_added(recipe)
    return Outcome(after, "Add a view", f"{VIEWS}{len(after.views) - 1}")


def shift(recipe: Recipe, path: str, by: int, choices: Choices) -> Outcome:
    """Move an operation earlier or later; RecipeError says why it has to stay."""
    spot = spot_of(recipe, path) if path else None
    if spot is None:
        raise RecipeError("Only an operation of a view can be moved.")
    last = len(pipeline_at(recipe, spot.pipeline)) - 1
    goal = Spot(spot.pipeline, min(max(spot.position + by, 0), last))
    gap = Spot(goal.pipeline, goal.position + (by > 0))
    part = operation_at(recipe, spot)
    reason = refusal(recipe, gap, part, spot)
    if reason:
        raise RecipeError(reason)
    after = moved(recipe, spot, gap)
    return Outcome(after, f"Move {word_of(recipe, spot, choices)}", goal.path)


def copy_across(recipe: Recipe, path: str, choices: Choices) -> Outcome:
    """Copy an operation to the next view; RecipeError says why that cannot be done."""
    spot = spot_of(recipe, path) if path else None
    if spot is None:
        raise RecipeError("Only an operation of a view can be copied.")
    if len(recipe.views) == 1:
        raise RecipeError(SHARED if is_linked(recipe) else "There is no other view.")
    goal = _next_view(recipe, spot)
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
        return Outcome(unlinked(recipe), "Unlink views", f"{VIEWS}0")
    return Outcome(linked(recipe), "Link both views", f"{VIEWS}0")


def _without_operation(recipe: Recipe, spot: Spot, choices: Choices) -> Outcome:
    after = removed(recipe, spot)
    left = len(pipeline_at(after, spot.pipeline))
    nearest = Spot(spot.pipeline, min(spot.position, left - 1))
    home = spot.pipeline.removesuffix(".pipeline")
    next_path = nearest.path if left else home
    return Outcome(after, f"Remove {word_of(recipe, spot, choices)}", next_path)


def _without_item(recipe: Recipe, path: str, position: int, choices: Choices) -> Outcome:
    row: tuple[Spec, ...] = value_at(recipe, path)
    title = title_of(row[position], choices.entries(family_of(row[position])))
    after = placed(recipe, path, (*row[:position], *row[position + 1 :]))
    return Outcome(after, f"Remove {title}", "" if path == MONITORS else path)


def _family_at(recipe: Recipe, path: str) -> str:
    if path == MONITORS:
        return MonitorSpec.family
    slot = next((s for s in slots_of(recipe.objective, "objective") if s.path == path), None)
    if slot is None:
        raise RecipeError(f"{path}: nothing can be added here.")
    return slot.item.family


def _next_view(recipe: Recipe, spot: Spot) -> Spot:
    here = int(spot.pipeline.split(".")[1]) if spot.pipeline.startswith(VIEWS) else -1
    pipeline = Spot.in_view((here + 1) % len(recipe.views), 0).pipeline
    part = operation_at(recipe, spot)
    goal = free_spot(recipe, pipeline, part)
    reason = refusal(recipe, goal, part)
    if reason:
        raise RecipeError(reason)
    return goal


def _head(choices: Choices, kind: str) -> ProjectorSpec:
    entry = choices.entries(ProjectorSpec.family).get(kind)
    head = None if entry is None else entry.spec.model_validate({"kind": kind})
    if not isinstance(head, ProjectorSpec):
        raise RecipeError("This build has no such head.", "Update sslstudio.")
    return head
