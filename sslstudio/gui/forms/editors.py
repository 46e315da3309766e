"""Which editor a field gets: the only place that knows both types and widgets."""

from __future__ import annotations

from typing import get_origin

from sslstudio.domain.fields import FieldSchema
from sslstudio.gui.forms.choices import (
    ChoiceEditor,
    ListEditor,
    OptionalEditor,
    SwitchEditor,
    TextEditor,
)
from sslstudio.gui.forms.editor import Editor
from sslstudio.gui.forms.numbers import NumberEditor, PairEditor, SliderEditor
from sslstudio.gui.forms.scale import Scale


def editor_for(field: FieldSchema) -> Editor | None:
    """Return a new editor for a field, None for a type that no form shows."""
    plain = _plain_editor(field)
    return OptionalEditor(plain) if plain is not None and field.optional else plain


def _plain_editor(field: FieldSchema) -> Editor | None:
    if get_origin(field.type) is tuple and not field.is_pair:
        return None if field.is_pipeline else ListEditor(field)
    if field.is_pair:
        return PairEditor(field, field.range) if field.range is not None else None
    if field.choices:
        return ChoiceEditor(field)
    if field.type is bool:
        return SwitchEditor(field)
    if field.type in (int, float):
        return _number_editor(field)
    return TextEditor(field) if field.type is str else None


def _number_editor(field: FieldSchema) -> Editor:
    limits = field.range
    if limits is not None and Scale(limits, field.type is int).fits_slider:
        return SliderEditor(field, limits)
    return NumberEditor(field)
