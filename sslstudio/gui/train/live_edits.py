"""What may be changed while a run trains: the live fields of its parts and the learning rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from sslstudio.domain.recipe import Recipe
from sslstudio.gui.widgets.text import text_label

RATE_PATH = "optimizer.learning_rate"
SETTLE_MS = 250
"""An edit is asked for once a slider has rested this long: each one is written into the run."""
NOTCHES = 100
"""Slider notches to a factor of ten, up or down."""


class LiveEdits(QWidget):
    """Fields whose edits reach the run at its next step.

    Signals:
        edit_asked: dotted path in the recipe, and the value.
    """

    edit_asked = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[str, Any] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._ask)
        self.rate = RateFactor()
        self.rate.changed.connect(lambda value: self._later(RATE_PATH, value))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(text_label("Change while it trains", "section"))
        self._layout.addWidget(self.rate)
        self.has_fields = False

    def show_recipe(self, recipe: Recipe | None, edits: Mapping[str, Any]) -> None:
        """Offer the live fields of a recipe, at the values that earlier edits gave them."""
        self._waiting = {}
        self._timer.stop()
        self.has_fields = recipe is not None
        if recipe is None:
            return
        base = getattr(recipe.optimizer, "learning_rate", None)
        self.rate.setVisible(base is not None)
        if base is not None:
            self.rate.show_rate(base, edits.get(RATE_PATH, base))

    def _later(self, path: str, value: object) -> None:
        self._waiting[path] = value
        self._timer.start()

    def _ask(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for path, value in waiting.items():
            self.edit_asked.emit(path, value)


class RateFactor(QWidget):
    """A slider that multiplies the recipe's learning rate, from a tenth to ten times.

    Signals:
        changed: the new peak learning rate.
    """

    changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = 1.0
        self.value = text_label("", "value")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(-NOTCHES, NOTCHES)
        self.slider.setAccessibleName("Learning rate, factor")
        self.slider.setToolTip("Multiplies the recipe's learning rate, from 0.1 to 10 times")
        self.slider.valueChanged.connect(self._moved)
        head = QHBoxLayout()
        head.addWidget(text_label("Learning rate"))
        head.addStretch(1)
        head.addWidget(self.value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.slider)

    def show_rate(self, base: float, present: float) -> None:
        """Stand at the present peak rate, as a multiple of the recipe's."""
        self._base = base
        factor = min(10.0, max(0.1, present / base)) if base > 0 else 1.0
        self.slider.blockSignals(True)
        self.slider.setValue(round(NOTCHES * math.log10(factor)))
        self.slider.blockSignals(False)
        self._write()

    def _moved(self) -> None:
        self._write()
        self.changed.emit(self._base * self._factor())

    def _factor(self) -> float:
        return float(10 ** (self.slider.value() / NOTCHES))

    def _write(self) -> None:
        self.value.setText(f"\u00d7 {self._factor():.2g}" if self.slider.value() else "\u00d7 1.0")
