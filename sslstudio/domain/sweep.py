"""One recipe at several values: which recipes that makes, and what they are called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sslstudio.domain.edits import value_at, with_value
from sslstudio.domain.errors import InputError, RecipeError
from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import Kinds, Spec

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Factor:
    """Stands for the recipe's own value times a number, no further than the field's limits."""

    by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What is varied: fields that change together, and the values that they take in turn."""

    paths: tuple[str, ...]
    values: tuple[Any, ...]
    label: str = ""
    """What the fields mean together; empty for the name of the first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One of the recipes."""

    recipe: Recipe
    label: str
    """What is varied."""
    value: Any
    """Its value here, as JSON; of a factor the number."""
    words: str
    """Both in words, for a run's name."""
    changes: dict[str, Any]
    """The values that were set, by path."""


def trials_of(recipe: Recipe, axes: Sequence[Axis], kinds: Kinds) -> tuple[Trial, ...]:
    """Return the recipe at each value; several axes move together, value by value.

    InputError where axes are of different lengths, RecipeError where a field or value is none.
    """
    lengths = {len(axis.values) for axis in axes}
    if len(lengths) != 1:
        raise InputError(
            "Fields that vary together need equally many values, and there is one at least.",
            f"They have {', '.join(str(len(axis.values)) for axis in axes) or 'none'}.",
        )
    if lengths.pop() < 2:
        raise InputError("One value makes no comparison.", "Give two values or more.")
    return tuple(_trial(recipe, axes, place, kinds) for place in range(len(axes[0].values)))


def label_of(axis: Axis, recipe: Recipe) -> str:
    """Return what an axis varies, in a word or two."""
    if axis.label:
        return axis.label
    parents = {path.rpartition(".")[0] for path in axis.paths}
    name = axis.paths[0].rpartition(".")[2]
    together = len(axis.paths) > 1 and len(parents) == 1
    if together or name.isdigit():
        part = value_at(recipe, parents.pop() if together else axis.paths[0])
        name = part.kind if isinstance(part, Spec) else name
    return name.replace("_", " ").replace("-", " ")


def value_words(value: Any) -> str:
    """Return a value as a person would write it."""
    match value:
        case Factor(by):
            return f"\u00d7{by:g}"
        case str():
            return value
        case {"kind": kind} if len(value) == 1:
            return str(kind)
        case [low, high]:
            return f"{value_words(low)} to {value_words(high)}"
        case _:
            return f"{value:g}" if _is_number(value) else json.dumps(value)


def _trial(recipe: Recipe, axes: Sequence[Axis], place: int, kinds: Kinds) -> Trial:
    changed, changes, words = recipe, dict[str, Any](), list[str]()
    for axis in axes:
        value = axis.values[place]
        words.append(f"{label_of(axis, recipe)} {value_words(value)}")
        for path in axis.paths:
            wanted = _scaled(recipe, path, value.by) if isinstance(value, Factor) else value
            changed = with_value(changed, path, wanted, kinds)
            changes[path] = wanted
    value, joined = axes[0].values[place], ", ".join(words)
    return Trial(
        recipe=changed.model_copy(update={"name": _name(recipe.name, f", {joined}")}),
        label=label_of(axes[0], recipe),
        value=value.by if isinstance(value, Factor) else value,
        words=joined,
        changes=changes,
    )


def _name(name: str, ending: str) -> str:
    """Return a run's name that tells the value, however long the recipe's own is."""
    ending = ending[: LONGEST_NAME // 2]
    return name[: LONGEST_NAME - len(ending)] + ending


def _scaled(recipe: Recipe, path: str, by: float) -> Any:
    value, field = value_at(recipe, path), _field_at(recipe, path)
    if isinstance(value, tuple) and value and all(_is_number(item) for item in value):
        return [_limited(item * by, field) for item in value]
    if not _is_number(value):
        raise RecipeError(
            f"{path}: only a number can be multiplied (it is {value_words(value)}).",
            "Write the values themselves.",
        )
    scaled = _limited(value * by, field)
    return round(scaled) if isinstance(value, int) else scaled


def _limited(value: float, field: FieldSchema | None) -> float:
    value = float(f"{value:.12g}")  # 0.3 instead of 0.30000000000000004
    if field is None or field.range is None:
        return value
    return min(max(value, field.range.low), field.range.high)


def _field_at(recipe: Recipe, path: str) -> FieldSchema | None:
    parent, _, name = path.rpartition(".")
    owner: BaseModel = value_at(recipe, parent) if parent else recipe
    return next((field for field in schema_of(type(owner)) if field.name == name), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
