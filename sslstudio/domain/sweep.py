"""One recipe at several values: which recipes that makes, and what they are called."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sslstudio.domain.edits import read_value, value_at, with_value
from sslstudio.domain.errors import InputError, RecipeError
from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import Kinds, Spec

LONGEST_NAME = 200
FACTOR = re.compile(r"[x\u00d7](\d+(?:\.\d+)?|\.\d+)")


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


def values_in(text: str) -> tuple[Any, ...]:
    """Return the values of a list such as `0.1, 0.2`, `x0.5, x2`, `[0.2, 1], [0.5, 1]` or words.

    Commas inside of brackets belong to one value.
    """
    try:
        values: list[Any] = json.loads(f"[{text}]")
    except ValueError:
        values = [read_value(word.strip()) for word in text.split(",") if word.strip()]
    return tuple(map(_with_factor, values))


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


def _with_factor(value: Any) -> Any:
    times = FACTOR.fullmatch(value) if isinstance(value, str) else None
    return value if times is None else Factor(float(times[1]))


def _trial(recipe: Recipe, axes: Sequence[Axis], place: int, kinds: Kinds) -> Trial:
    changed, changes, words = recipe, dict[str, Any](), list[str]()
    for axis in axes:
        value = axis.values[place]
        words.append(f"{label_of(axis, recipe)} {value_words(value)}")
        for path in axis.paths:
            wanted = _wanted(recipe, path, value)
            changed = with_value(changed, path, wanted, kinds)
            changes[path] = wanted
    value, joined = axes[0].values[place], ", ".join(words)
    return Trial(
        recipe=changed.model_copy(update={"name": _name(joined, recipe.name)}),
        label=label_of(axes[0], recipe),
        value=value.by if isinstance(value, Factor) else value,
        words=joined,
        changes=changes,
    )


def _name(words: str, name: str) -> str:
    """Return a run's name; what tells runs apart comes first, where narrow lists show it."""
    return f"{words[: LONGEST_NAME // 2]}, {name}"[:LONGEST_NAME]


def _wanted(recipe: Recipe, path: str, value: Any) -> Any:
    """Return what a field is set to."""
    if isinstance(value, Factor):
        return _scaled(recipe, path, value.by)
    field = _field_at(recipe, path)
    words = field is not None and any(isinstance(choice, str) for choice in field.choices)
    # The depth of a ResNet is a word of two or three digits.
    return f"{value:g}" if words and _is_number(value) else value


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
    owner: object = value_at(recipe, parent) if parent else recipe
    if not isinstance(owner, BaseModel):
        return None
    return next((field for field in schema_of(type(owner)) if field.name == name), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
