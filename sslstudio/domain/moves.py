"""Pure moves on a recipe: what dragging, linking and choosing another part do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.spec import AugmentationSpec, Kinds, ObjectiveSpec, Spec, TargetSpec

FLOWING = "same"
STOPPED = "stop-gradient"

Node = TypeVar("Node", bound=BaseModel)
Pipeline = tuple[AugmentationSpec, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a pipeline: the view's number, and how many operations stand before it."""

    view: int
    position: int

    @property
    def path(self) -> str:
        """The dotted path of the operation at this place."""
        return f"views.{self.view}.pipeline.{self.position}"


def placed(recipe: Recipe, path: str, value: object) -> Recipe:
    """Return the recipe with the value at a dotted path replaced; RecipeError if there is none.

    The value is taken as it is: a part or block that was validated when it was made.
    """
    value_at(recipe, path)
    return _placed(recipe, path.split("."), value)


def inserted(recipe: Recipe, spot: Spot, part: AugmentationSpec) -> Recipe:
    """Return the recipe with an operation put in before the one at `spot`."""
    pipeline = _pipeline(recipe, spot.view)
    at = min(spot.position, len(pipeline))
    return _with_pipeline(recipe, spot.view, (*pipeline[:at], part, *pipeline[at:]))


def removed(recipe: Recipe, spot: Spot) -> Recipe:
    """Return the recipe without the operation at `spot`."""
    operation_at(recipe, spot)
    pipeline = _pipeline(recipe, spot.view)
    rest = (*pipeline[: spot.position], *pipeline[spot.position + 1 :])
    return _with_pipeline(recipe, spot.view, rest)


def moved(recipe: Recipe, source: Spot, target: Spot) -> Recipe:
    """Return the recipe with an operation moved to a gap, counted while it is still in place."""
    part = operation_at(recipe, source)
    return inserted(removed(recipe, source), _without(source, target), part)


def copied(recipe: Recipe, source: Spot, target: Spot) -> Recipe:
    """Return the recipe with a copy of an operation put into a gap of any view."""
    return inserted(recipe, target, operation_at(recipe, source))


def operation_at(recipe: Recipe, spot: Spot) -> AugmentationSpec:
    """Return the operation at a place; RecipeError if there is none."""
    pipeline = _pipeline(recipe, spot.view)
    if not 0 <= spot.position < len(pipeline):
        raise RecipeError(f"{spot.path}: this pipeline has {len(pipeline)} operations.")
    return pipeline[spot.position]


def refusal(recipe: Recipe, spot: Spot, part: AugmentationSpec, leaving: Spot | None = None) -> str:
    """Return why an operation cannot stand in a gap; empty if it can.

    `leaving` is its present place, if it is being moved and not added.
    """
    if leaving is not None:
        recipe, spot = removed(recipe, leaving), _without(leaving, spot)
    pipeline = _pipeline(recipe, spot.view)
    before, after = pipeline[: spot.position], pipeline[spot.position :]
    if not part.after_normalise and any(other.after_normalise for other in before):
        return (
            f"{named(part)} works on pixel values between 0 and 1: "
            "put it in front of the normalisation."
        )
    if part.after_normalise and any(not other.after_normalise for other in after):
        return f"{named(part)} belongs at the end, after everything that works on pixel values."
    return ""


def free_spot(recipe: Recipe, view: int, part: AugmentationSpec) -> Spot:
    """Return the last place in a view where an operation fits."""
    pipeline = _pipeline(recipe, view)
    spots = (Spot(view, position) for position in range(len(pipeline), 0, -1))
    return next((spot for spot in spots if not refusal(recipe, spot, part)), Spot(view, 0))


def named(part: Spec) -> str:
    """Return a part's kind as the first word of a sentence."""
    words = part.kind.replace("-", " ")
    return words[:1].upper() + words[1:]


def is_linked(recipe: Recipe) -> bool:
    """Return whether one pipeline draws several views of each image."""
    return len(recipe.views) == 1 and recipe.views[0].copies > 1


def can_link(recipe: Recipe) -> bool:
    """Return whether there are two pipelines, for views of one size, that could become one."""
    return len(recipe.views) == 2 and recipe.views[0].size == recipe.views[1].size


def linked(recipe: Recipe) -> Recipe:
    """Return the recipe with both views drawn by the first pipeline."""
    if not can_link(recipe):
        raise RecipeError("Only two views of the same size can share one pipeline.")
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


def target_field(objective: ObjectiveSpec) -> str:
    """Return the name of the field that holds the target branch; empty if there is none."""
    fields = type(objective).model_fields
    return next((name for name in fields if isinstance(getattr(objective, name), TargetSpec)), "")


def can_toggle_stop_gradient(recipe: Recipe) -> bool:
    """Return whether the target is the online network itself, with or without its gradient."""
    field = target_field(recipe.objective)
    return bool(field) and getattr(recipe.objective, field).kind in (FLOWING, STOPPED)


def stop_gradient_toggled(recipe: Recipe, kinds: Kinds) -> Recipe:
    """Return the recipe with the stop-gradient set or lifted; RecipeError if it is not ours to."""
    if not can_toggle_stop_gradient(recipe):
        raise RecipeError(
            "This target never takes gradient.",
            "Choose the same network as target to let the gradient through.",
        )
    field = target_field(recipe.objective)
    kind = STOPPED if getattr(recipe.objective, field).kind == FLOWING else FLOWING
    chosen = kinds[TargetSpec.family].get(kind)
    if chosen is None:
        raise RecipeError(f"This build has no target {kind!r}.", "Update sslstudio.")
    return placed(recipe, f"objective.{field}", chosen.model_validate({"kind": kind}))


def switched(current: Spec, chosen: type[Spec], spare: Mapping[str, Spec]) -> Spec:
    """Return a part of another kind that keeps what was set by hand and fits there too.

    A setting still at the old kind's default gives way to the new kind's default. `spare` has a
    part for each field that the new kind cannot do without.
    """
    values: dict[str, Any] = dict(spare)
    for name, value in _set_by_hand(current).items():
        if name in chosen.model_fields:
            values = _if_valid(chosen, values, {**values, name: value})
    return chosen.model_validate(values)


def _set_by_hand(part: Spec) -> dict[str, Any]:
    fields = type(part).model_fields
    return {
        name: getattr(part, name)
        for name, field in fields.items()
        if name != "kind"
        and (
            field.is_required()
            or getattr(part, name) != field.get_default(call_default_factory=True)
        )
    }


def _if_valid(chosen: type[Spec], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    try:
        chosen.model_validate(after)
    except ValidationError:
        return before
    return after


def _without(source: Spot, target: Spot) -> Spot:
    """Return a gap's number once the operation at `source` is gone."""
    if source.view == target.view and target.position > source.position:
        return Spot(target.view, target.position - 1)
    return target


def _view(recipe: Recipe, number: int) -> ViewSpec:
    if not 0 <= number < len(recipe.views):
        raise RecipeError(f"views.{number}: this recipe has {len(recipe.views)} views.")
    return recipe.views[number]


def _pipeline(recipe: Recipe, view: int) -> Pipeline:
    return _view(recipe, view).pipeline


def _with_pipeline(recipe: Recipe, view: int, pipeline: Pipeline) -> Recipe:
    changed = _view(recipe, view).model_copy(update={"pipeline": pipeline})
    views = (*recipe.views[:view], changed, *recipe.views[view + 1 :])
    return recipe.model_copy(update={"views": views})


def _placed(node: Node, names: list[str], value: object) -> Node:
    name, rest = names[0], names[1:]
    child = getattr(node, name)
    if rest and isinstance(child, tuple):
        index = int(rest[0])
        item = _placed(child[index], rest[1:], value) if rest[1:] else value
        return node.model_copy(update={name: (*child[:index], item, *child[index + 1 :])})
    changed = _placed(child, rest, value) if rest else value
    return node.model_copy(update={name: changed})
