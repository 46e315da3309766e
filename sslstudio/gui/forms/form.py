"""A form that builds itself from a spec and hands back a replaced one for every edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.problems import Problem
from sslstudio.domain.spec import Spec
from sslstudio.gui.forms.editor import Editor
from sslstudio.gui.forms.editors import editor_for
from sslstudio.gui.widgets.disclosure import Disclosure
from sslstudio.gui.widgets.notes import Banner


class SpecForm(QWidget):
    """One row for each setting of a spec; parts within it are blocks of the canvas, not rows.

    Signals:
        edited: the replaced spec and the name of the field that differs.
        fix_asked: the `Fix` of a problem whose button was clicked.
    """

    edited = Signal(object, str)
    fix_asked = Signal(object)

    def __init__(
        self, spec: BaseModel, *, live_only: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._spec = spec
        self._live_only = live_only
        self._rows: dict[str, _Row] = {}
        self._content = QWidget()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._build()

    @property
    def spec(self) -> BaseModel:
        """The spec that is shown."""
        return self._spec

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields that have a row, in the order of the form."""
        return tuple(self._rows)

    def editor(self, name: str) -> Editor:
        """Return the editor of a field."""
        return self._rows[name].editor

    def set_spec(self, spec: BaseModel) -> None:
        """Show another spec, without a signal."""
        same_kind = type(spec) is type(self._spec)
        self._spec = spec
        if not same_kind:
            self._build()
            return
        for name, row in self._rows.items():
            row.editor.show_value(getattr(spec, name))

    def set_problems(self, problems: Mapping[str, Sequence[Problem]]) -> None:
        """Show problems beside the fields they concern; a field that is left out has none."""
        for name, row in self._rows.items():
            row.show_problems(problems.get(name, ()))

    def _build(self) -> None:
        self._rows = {}
        self._layout.removeWidget(self._content)
        # Deletion waits for the event loop; what is left must not be seen until then.
        self._content.hide()
        self._content.deleteLater()
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        fields = [field for field in schema_of(type(self._spec)) if self._is_shown(field)]
        for field in fields:
            if not field.ui.advanced or self._live_only:
                self._add_row(field, column)
        advanced = [field for field in fields if field.name not in self._rows]
        if advanced:
            disclosure = Disclosure("More settings")
            disclosure.body.setSpacing(0)
            for field in advanced:
                self._add_row(field, disclosure.body)
            column.addWidget(disclosure)
        self._layout.addWidget(self._content)

    def _is_shown(self, field: FieldSchema) -> bool:
        nested = field.is_part or field.is_pipeline
        return not nested and (field.ui.live or not self._live_only)

    def _add_row(self, field: FieldSchema, column: QVBoxLayout) -> None:
        editor = editor_for(field)
        if editor is None:
            return
        editor.show_value(getattr(self._spec, field.name))
        editor.edited.connect(partial(self._edited, field.name))
        row = _Row(editor)
        row.fix_asked.connect(self.fix_asked)
        self._rows[field.name] = row
        column.addWidget(row)

    def _edited(self, name: str, value: Any) -> None:
        row = self._rows[name]
        try:
            spec = _replaced(self._spec, name, value)
        except ValidationError as error:
            row.refuse(_reason(error))
            row.editor.show_value(getattr(self._spec, name))
            return
        row.refuse("")
        self._spec = spec
        self.edited.emit(spec, name)


class _Row(QWidget):
    """An editor with what is wrong with its value below it."""

    fix_asked = Signal(object)

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self.editor = editor
        self._notes: list[Banner] = []
        self._problems: tuple[Problem, ...] = ()
        self._refusal: Banner | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(editor)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these problems instead of the last ones."""
        if tuple(problems) == self._problems:
            return
        self._problems = tuple(problems)
        for note in self._notes:
            note.deleteLater()
        self._notes = [self._note(problem) for problem in problems]
        self._keep_distance()

    def refuse(self, reason: str) -> None:
        """Say why a value was not taken; an empty reason takes the note away."""
        if self._refusal is None and reason:
            self._refusal = Banner("error", reason)
            self._column.addWidget(self._refusal)
        elif self._refusal is not None:
            self._refusal.set_content("error", reason)
            self._refusal.setVisible(bool(reason))
        self._keep_distance()

    def _keep_distance(self) -> None:
        """Leave room between a note and the next row."""
        refused = self._refusal is not None and not self._refusal.isHidden()
        self._column.setContentsMargins(0, 0, 0, 8 if self._notes or refused else 0)

    def _note(self, problem: Problem) -> Banner:
        note = Banner(problem.severity, problem.text, problem.fix.label if problem.fix else "")
        note.acted.connect(partial(self.fix_asked.emit, problem.fix))
        self._column.addWidget(note)
        return note


def _replaced(spec: BaseModel, name: str, value: Any) -> BaseModel:
    if isinstance(spec, Spec):
        return spec.replaced(**{name: value})
    current = {field: getattr(spec, field) for field in type(spec).model_fields}
    return type(spec).model_validate({**current, name: value})


def _reason(error: ValidationError) -> str:
    text = error.errors()[0]["msg"].removeprefix("Value error, ")
    return f"{text[:1].upper()}{text[1:].rstrip('.')}. The former value stays."
