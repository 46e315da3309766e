"""What of a part can be tried at several values, and values to begin with; no Qt here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sslstudio.domain.edits import value_at
from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import AugmentationSpec, Spec
from sslstudio.domain.sweep import Axis, value_words

USUAL = ("optimizer.learning_rate", "training.batch_size", "seed")
"""What is offered where no part is chosen."""


@dataclass(frozen=True, slots=True)
class Variation:
    """Fields that can be varied together, and values as a person would write them."""

    title: str
    paths: tuple[str, ...]
    text: str
    label: str = ""
    meaning: str = ""


def variations(recipe: Recipe, path: str, suggested: Axis | None) -> tuple[Variation, ...]:
    """Return what of the part at a path can be varied; of the recipe for the empty path."""
    if not path:
        first = [] if suggested is None else [_suggestion(suggested)]
        return (*first, *(found for usual in USUAL for found in _of_field(recipe, usual)))
    part = value_at(recipe, path)
    if not isinstance(part, BaseModel):
        return ()
    fields = schema_of(type(part))
    found = [one for field in fields for one in _of_field(recipe, f"{path}.{field.name}")]
    if isinstance(part, Spec) and not isinstance(part, AugmentationSpec):
        meaning = "Other kinds of this part, with their usual settings."
        found.append(Variation("Kind", (path,), f"{part.kind}, ", meaning=meaning))
    return tuple(found)


def _suggestion(axis: Axis) -> Variation:
    words = ", ".join(map(value_words, axis.values))
    meaning = "What the preset suggests to vary."
    title = axis.label[:1].upper() + axis.label[1:]
    return Variation(title, axis.paths, words, axis.label, meaning)


def _of_field(recipe: Recipe, path: str) -> Iterator[Variation]:
    parent, _, name = path.rpartition(".")
    part: BaseModel = value_at(recipe, parent) if parent else recipe
    for field in schema_of(type(part)):
        if field.name == name and not (field.is_part or field.is_pipeline):
            text = _values(field, getattr(part, name))
            if text is not None:
                yield Variation(field.ui.label, (path,), text, meaning=field.ui.help)


def _values(field: FieldSchema, value: Any) -> str | None:
    """Return values around a field's own, or nothing where it has none.

    None stands for a field whose values cannot be written in a list.
    """
    if field.type is bool:
        return "false, true"
    if field.choices:
        return ", ".join(map(str, field.choices))
    if field.is_pair and value is not None:
        low, high = value
        return ", ".join(f"[{start:g}, {high:g}]" for start in _around(field, low) if start <= high)
    if field.type in (int, float):
        return "" if value is None else ", ".join(f"{one:g}" for one in _around(field, value))
    return None


def _around(field: FieldSchema, value: float) -> list[float]:
    """Return half of a number, itself and twice it, within the field's limits."""
    whole = field.type is int
    wanted = [value / 2, value, 2 * value] if value > 0 else [0.0, 1.0, 2.0]
    limits = field.range
    within = [one if limits is None else min(max(one, limits.low), limits.high) for one in wanted]
    return sorted({float(round(one)) if whole else float(f"{one:.4g}") for one in within})
