"""The places inside a part where other parts stand, whatever its fields are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel

from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import AugmentationSpec, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A field that holds one part, several in order, or none."""

    path: str
    field: FieldSchema
    item: type[Spec]
    """The type of part that stands here."""
    value: Spec | tuple[Spec, ...] | None

    @property
    def is_row(self) -> bool:
        """True if any number of parts may stand here, in order."""
        return self.field.is_pipeline

    @property
    def is_pipeline(self) -> bool:
        """True for operations on images in order."""
        return self.is_row and issubclass(self.item, AugmentationSpec)

    def parts(self) -> tuple[tuple[str, Spec], ...]:
        """Return the parts that stand here, each with its path."""
        if isinstance(self.value, tuple):
            return tuple((f"{self.path}.{number}", part) for number, part in enumerate(self.value))
        return () if self.value is None else ((self.path, self.value),)


def slots_of(part: BaseModel, path: str) -> Iterator[Slot]:
    """Yield the slots of a part and of the parts inside it, in the order of declaration."""
    for field in schema_of(type(part)):
        if not field.is_part and not field.is_pipeline:
            continue
        here, value = f"{path}.{field.name}", getattr(part, field.name)
        held: type[BaseModel] = get_args(field.type)[0] if field.is_pipeline else field.type
        if issubclass(held, Spec):
            slot = Slot(path=here, field=field, item=held, value=value)
            yield slot
            for inner_path, inner in slot.parts():
                yield from slots_of(inner, inner_path)
        elif isinstance(value, BaseModel):
            yield from slots_of(value, here)


def pipeline_paths(recipe: Recipe) -> tuple[str, ...]:
    """Return the paths of all pipelines: those of the views, then those inside the objective."""
    views = (f"views.{number}.pipeline" for number in range(len(recipe.views)))
    nested = (slot.path for slot in slots_of(recipe.objective, "objective") if slot.is_pipeline)
    return (*views, *nested)
