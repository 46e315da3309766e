"""Pure moves on a recipe: a part put in a place, the stop-gradient, another kind of part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import Kinds, ObjectiveSpec, Spec, TargetSpec

FLOWING = "same"
STOPPED = "stop-gradient"

Node = TypeVar("Node", bound=BaseModel)


def placed(recipe: Recipe, path: str, value: object) -> Recipe:
    """Return the recipe with the value at a dotted path replaced; RecipeError if there is none.

    The value is taken as it is: a part or block that was validated when it was made.
    """
    value_at(recipe, path)
    return _placed(recipe, path.split("."), value)


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


def _placed(node: Node, names: list[str], value: object) -> Node:
    name, rest = names[0], names[1:]
    child = getattr(node, name)
    if rest and isinstance(child, tuple):
        index = int(rest[0])
        item = _placed(child[index], rest[1:], value) if rest[1:] else value
        return node.model_copy(update={name: (*child[:index], item, *child[index + 1 :])})
    changed = _placed(child, rest, value) if rest else value
    return node.model_copy(update={name: changed})
