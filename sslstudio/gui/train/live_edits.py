"""What may be changed while a run trains: the live fields of its parts and the learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.domain.check import parts_of
from sslstudio.domain.fields import Range, Ui, schema_of
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import Spec
from sslstudio.gui.forms.form import SpecForm
from sslstudio.gui.widgets.text import text_label

RATE_PATH = "optimizer.learning_rate"
SETTLE_MS = 250
"""An edit is asked for once a slider has rested this long: each one is written into the run."""


class RateFactor(BaseModel):
    """How many times the recipe's learning rate a run uses."""

    model_config = ConfigDict(frozen=True)

    factor: Annotated[
        float,
        Range(0.1, 10.0, log=True),
        Ui(
            "Learning rate",
            "Multiplies the recipe's learning rate; the schedule goes on from there.",
            unit="\u00d7",
            live=True,
        ),
    ] = 1.0


class LiveEdits(QWidget):
    """Fields whose edits reach the run at its next step.

    Signals:
        edit_asked: dotted path in the recipe, and the value.
    """

    edit_asked = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.forms: dict[str, SpecForm] = {}
        self._recipe: Recipe | None = None
        self._shown: dict[str, Any] = {}
        self._waiting: dict[str, Any] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._ask)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(text_label("Change while it trains", "section"))
        self._layout.addSpacing(4)

    @property
    def has_fields(self) -> bool:
        """Whether anything can be changed."""
        return bool(self.forms)

    @property
    def paths(self) -> frozenset[str]:
        """The dotted paths of what can be changed."""
        named = {path: form.field_names for path, form in self.forms.items() if path != RATE_PATH}
        paths = {f"{path}.{name}" for path, names in named.items() for name in names}
        return frozenset(paths | ({RATE_PATH} & self.forms.keys()))

    def show_recipe(self, recipe: Recipe | None, edits: Mapping[str, Any]) -> None:
        """Offer the live fields of a recipe, at the values they have by now."""
        self._recipe, self._shown = recipe, dict(edits)
        self._timer.stop()
        self._waiting = {}
        for form in self.forms.values():
            self._layout.removeWidget(form)
            form.hide()
            form.deleteLater()
        self.forms = {}
        if recipe is None:
            return
        for path, spec in _specs(recipe, edits):
            edited = self._rate_edited if path == RATE_PATH else self._part_edited
            self._add(path, spec, edited)

    def show_values(self, edits: Mapping[str, Any]) -> None:
        """Follow edits that were asked for elsewhere, unless a slider is being moved."""
        if self._recipe is None or edits == self._shown or self._timer.isActive():
            return
        self._shown = dict(edits)
        for path, spec in _specs(self._recipe, edits):
            self.forms[path].set_spec(spec)

    def _add(self, path: str, spec: BaseModel, edited: Any) -> None:
        form = SpecForm(spec, live_only=True)
        form.edited.connect(partial(edited, path))
        self.forms[path] = form
        self._layout.addWidget(form)

    def _part_edited(self, path: str, spec: BaseModel, name: str) -> None:
        self._later(f"{path}.{name}", getattr(spec, name))

    def _rate_edited(self, path: str, spec: RateFactor, _name: str) -> None:
        if self._recipe is not None:
            self._later(path, _base_rate(self._recipe) * spec.factor)

    def _later(self, path: str, value: object) -> None:
        self._waiting[path] = value
        self._timer.start()

    def _ask(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for path, value in waiting.items():
            self.edit_asked.emit(path, value)


def live_parts(recipe: Recipe) -> Iterator[tuple[str, Spec]]:
    """Yield the parts of a recipe's objective that have live fields, with their paths."""
    for path, spec in parts_of(recipe):
        fields = schema_of(type(spec)) if path.startswith("objective") else ()
        if any(field.ui.live and not field.is_part for field in fields):
            yield path, spec


def _specs(recipe: Recipe, edits: Mapping[str, Any]) -> Iterator[tuple[str, BaseModel]]:
    """Yield what the forms show: live parts as edited, and the rate as a factor."""
    for path, spec in live_parts(recipe):
        yield path, _edited(spec, path, edits)
    base = _base_rate(recipe)
    if base:
        factor = float(edits.get(RATE_PATH, base)) / base
        yield RATE_PATH, RateFactor(factor=min(10.0, max(0.1, factor)))


def _base_rate(recipe: Recipe) -> float:
    return float(getattr(recipe.optimizer, "learning_rate", None) or 0.0)


def _edited(spec: Spec, path: str, edits: Mapping[str, Any]) -> Spec:
    values = {
        name: edits[f"{path}.{name}"]
        for name in type(spec).model_fields
        if f"{path}.{name}" in edits
    }
    return spec.replaced(**values) if values else spec
