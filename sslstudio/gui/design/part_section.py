"""One part of the recipe in the inspector: its kind, its settings and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.catalog.entry import Entry
from sslstudio.domain.problems import Problem
from sslstudio.domain.spec import AugmentationSpec, Spec
from sslstudio.gui.design.chooser import Chooser, kind_options
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.words import family_of
from sslstudio.gui.forms.form import SpecForm
from sslstudio.gui.widgets.notes import Banner
from sslstudio.gui.widgets.text import text_label


class ProblemNotes(QWidget):
    """Problems one below the other, each with the button that mends it.

    Signals:
        fix_asked: the `Fix` whose button was clicked.
    """

    fix_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Problem, ...] = ()
        self.notes: list[Banner] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these problems instead of the last ones."""
        if tuple(problems) == self._shown:
            return
        self._shown = tuple(problems)
        for note in self.notes:
            self._column.removeWidget(note)
            note.deleteLater()
        self.notes = [self._note(problem) for problem in problems]
        self.setVisible(bool(problems))

    def _note(self, problem: Problem) -> Banner:
        note = Banner(problem.severity, problem.text, problem.fix.label if problem.fix else "")
        note.acted.connect(partial(self.fix_asked.emit, problem.fix))
        self._column.addWidget(note)
        return note


class PartSection(QWidget):
    """The form of one part, with a list of its possible kinds where there are several.

    Signals:
        kind_asked: the path and the word of the kind that the user chose.
        edited: path, replaced part and name of the field that differs.
        fix_asked: the `Fix` of a problem whose button was clicked.
    """

    kind_asked = Signal(str, str)
    edited = Signal(str, object, str)
    fix_asked = Signal(object)

    def __init__(self, choices: Choices, heading: str = "") -> None:
        super().__init__()
        self._choices = choices
        self.path = ""
        self.kinds = Chooser(heading or "Kind")
        self.kinds.picked.connect(self._pick)
        self.notes = ProblemNotes()
        self.notes.fix_asked.connect(self.fix_asked)
        self.form: SpecForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        if heading:
            self._column.addWidget(text_label(heading, "section"))
        self._column.addWidget(self.kinds)
        self._column.addWidget(self.notes)

    def show_part(self, path: str, part: BaseModel, problems: Sequence[Problem]) -> None:
        """Show the part at a path and the problems that belong to it."""
        self.path = path
        entries = self._entries(part)
        self.kinds.setVisible(len(entries) > 1)
        if len(entries) > 1 and isinstance(part, Spec):
            self.kinds.show_options(kind_options(list(entries.values())), part.kind)
        self._show_form(part)
        fields, others = self._shared_out(problems)
        self.notes.show_problems(others)
        if self.form is not None:
            self.form.set_problems(fields)

    def _entries(self, part: BaseModel) -> Mapping[str, Entry]:
        # Operations are changed by dragging others in and out, not into one another.
        if not isinstance(part, Spec) or isinstance(part, AugmentationSpec):
            return {}
        return self._choices.entries(family_of(part))

    def _show_form(self, part: BaseModel) -> None:
        if self.form is None:
            self.form = SpecForm(part)
            self.form.edited.connect(self._edited)
            self.form.fix_asked.connect(self.fix_asked)
            self._column.insertWidget(self._column.count() - 1, self.form)
        else:
            self.form.set_spec(part)

    def _shared_out(
        self, problems: Sequence[Problem]
    ) -> tuple[dict[str, list[Problem]], list[Problem]]:
        """Return problems by the field they stand beside, and those that concern the whole."""
        names = () if self.form is None else self.form.field_names
        fields: dict[str, list[Problem]] = defaultdict(list)
        others = []
        for problem in problems:
            below = problem.path.removeprefix(self.path).lstrip(".")
            name = below.split(".")[0]
            if name in names:
                fields[name].append(problem)
            else:
                others.append(problem)
        return dict(fields), others

    def _edited(self, part: BaseModel, field: str) -> None:
        self.edited.emit(self.path, part, field)

    def _pick(self, kind: str) -> None:
        self.kind_asked.emit(self.path, kind)
