"""What a field of a spec tells the form, the command line and the validator about itself."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, GroupedMetadata, Le
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True, slots=True)
class Range(GroupedMetadata):
    """The inclusive limits of a number; `log` asks for a logarithmic slider."""

    low: float
    high: float
    log: bool = False

    def __iter__(self) -> Iterator[Any]:
        """Yield the limits in the form that pydantic enforces."""
        yield Ge(self.low)
        yield Le(self.high)


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Enforces the limits of a pair and that its lower end comes first."""

    low: float
    high: float

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        written = handler.resolve_ref_schema(handler(schema))
        for item in written.get("prefixItems", ()):
            item.update(minimum=self.low, maximum=self.high)
        return written

    def _check(self, pair: tuple[float, float]) -> tuple[float, float]:
        if not self.low <= pair[0] <= pair[1] <= self.high:
            raise PydanticCustomError(
                "pair",
                "must be a lower and an upper value, in this order, between {low} and {high}",
                {"low": self.low, "high": self.high},
            )
        return pair


@dataclass(frozen=True, slots=True)
class Span(Range):
    """The inclusive limits of a (low, high) pair of numbers; low may not exceed high."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the limits in the form that pydantic enforces."""
        yield _Ordered(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Ui:
    """How a field presents itself to a person."""

    label: str
    help: str
    unit: str = ""
    advanced: bool = False
    live: bool = False
    """True if the value may be changed while training runs."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Add label, help and unit to the JSON Schema."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema["title"] = self.label
        schema["description"] = self.help
        if self.unit:
            schema["unit"] = self.unit
        return schema


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSchema:
    """One field of a spec: its name, type, default, limits and words."""

    name: str
    type: Any
    default: Any
    ui: Ui
    range: Range | None = None
    choices: tuple[Any, ...] = ()
    optional: bool = False

    @property
    def is_pair(self) -> bool:
        """True for a (low, high) pair of numbers, which a form shows as a range slider."""
        arguments = get_args(self.type)
        return get_origin(self.type) is tuple and len(arguments) == 2 and ... not in arguments

    @property
    def is_pipeline(self) -> bool:
        """True if the field holds any number of specs in order, as a view's pipeline does."""
        item, *rest = get_args(self.type) or (None,)
        return rest == [...] and isinstance(item, type) and issubclass(item, BaseModel)

    @property
    def is_part(self) -> bool:
        """True if the field holds another spec, which the canvas shows as a block."""
        return isinstance(self.type, type) and issubclass(self.type, BaseModel)


@cache
def schema_of(spec_type: type[BaseModel]) -> tuple[FieldSchema, ...]:
    """Return the fields of a spec type that a person may set, in order of declaration."""
    hints = get_type_hints(spec_type, include_extras=True)
    return tuple(
        _field(name, hints[name], ui, info.get_default(call_default_factory=False))
        for name, info in spec_type.model_fields.items()
        if name != "kind" and (ui := _ui(hints[name])) is not None
    )


def _field(name: str, hint: Any, ui: Ui, default: Any) -> FieldSchema:
    plain, optional = _without_none(get_args(hint)[0])
    limits = next((mark for mark in get_args(hint)[1:] if isinstance(mark, Range)), None)
    choices = get_args(plain) if get_origin(plain) is Literal else ()
    return FieldSchema(
        name=name,
        type=plain,
        default=default,
        ui=ui,
        range=limits,
        choices=choices,
        optional=optional,
    )


def _ui(hint: Any) -> Ui | None:
    if get_origin(hint) is not Annotated:
        return None
    return next((mark for mark in get_args(hint)[1:] if isinstance(mark, Ui)), None)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        rest = [option for option in get_args(hint) if option is not type(None)]
        if len(rest) < len(get_args(hint)):
            return rest[0], True
    return hint, False
