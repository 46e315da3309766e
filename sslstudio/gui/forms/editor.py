"""What all editors of a form have in common: a label, a value and their words."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.domain.fields import FieldSchema
from sslstudio.gui.widgets.text import ElidedLabel

LABEL_HEIGHT = 18


class Editor(QWidget):
    """One row of a form; it holds no state of the recipe beyond what it shows.

    Signals:
        edited: the new value, when the user has changed it.
    """

    edited = Signal(object)

    def __init__(self, field: FieldSchema) -> None:
        super().__init__()
        self.field = field
        self.setObjectName(f"field.{field.name}")
        self.setToolTip(explanation(field))
        self.label = ElidedLabel(field.ui.label)
        self.label.setMinimumHeight(LABEL_HEIGHT)
        self.top = QHBoxLayout()
        self.top.setSpacing(8)
        self.top.addWidget(self.label)
        self.top.addStretch(1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addLayout(self.top)

    def show_value(self, value: Any) -> None:
        """Show a value without a signal."""
        raise NotImplementedError

    def first_value(self) -> Any:
        """Return what the field begins with when it leaves the automatic choice."""
        raise NotImplementedError

    def set_usable(self, *, usable: bool) -> None:
        """Let the user change the value, or grey it out."""
        raise NotImplementedError

    def _name(self, widget: QWidget) -> None:
        widget.setAccessibleName(self.field.ui.label)
        widget.setAccessibleDescription(self.field.ui.help)
        widget.setToolTip(self.toolTip())


def explanation(field: FieldSchema) -> str:
    """Return a field's help with its unit, limits and default, for its tooltip."""
    parts = [field.ui.help]
    unit = f" {field.ui.unit}" if field.ui.unit and field.ui.unit != "share" else ""
    if field.range is not None:
        parts.append(f"{figure(field.range.low)} to {figure(field.range.high)}{unit}.")
    if field.default is None and field.optional:
        parts.append("Left alone: automatic.")
    elif isinstance(field.default, bool):
        parts.append(f"Default: {'on' if field.default else 'off'}.")
    elif isinstance(field.default, int | float | str) and field.default != "":
        parts.append(f"Default: {figure(field.default)}.")
    return "\n".join(parts)


def figure(value: float | str) -> str:
    """Return a number in few figures, words as they are."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
