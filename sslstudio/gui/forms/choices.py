"""Editors for what is chosen, switched or written."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

from sslstudio.domain.fields import FieldSchema
from sslstudio.gui.forms.editor import Editor
from sslstudio.gui.widgets.segmented import Segmented
from sslstudio.gui.widgets.switch import Switch

MOST_SEGMENTS = 4
SEGMENT_CHARACTERS = 26


class SwitchEditor(Editor):
    """A label with a switch at the right."""

    def __init__(self, field: FieldSchema) -> None:
        super().__init__(field)
        self.switch = Switch(field.ui.label)
        self._name(self.switch)
        self.top.addWidget(self.switch)
        self.column.addSpacing(4)
        self.switch.clicked.connect(self._clicked)

    def show_value(self, value: Any) -> None:
        """Show on or off."""
        self.switch.setChecked(bool(value))

    def first_value(self) -> Any:
        """Return off."""
        return False

    def set_usable(self, *, usable: bool) -> None:
        """Let the switch move, or grey it out."""
        self.switch.setEnabled(usable)

    def _clicked(self) -> None:
        self.edited.emit(self.switch.isChecked())


class ChoiceEditor(Editor):
    """A few words side by side, or a list where they are many."""

    def __init__(self, field: FieldSchema) -> None:
        super().__init__(field)
        options = [(choice, choice_words(choice)) for choice in field.choices]
        letters = sum(len(words) for _choice, words in options)
        few = len(options) <= MOST_SEGMENTS and letters <= SEGMENT_CHARACTERS
        self._segments = Segmented(options, field.ui.label) if few else None
        self._list = None if few else _Combo(options)
        if self._segments is not None:
            self._segments.explain(self.toolTip())
            self._segments.chosen.connect(self.edited)
            self.column.addSpacing(4)
            self.column.addWidget(self._segments)
        if self._list is not None:
            self._name(self._list)
            self._list.activated.connect(self._picked)
            self.column.addSpacing(4)
            self.column.addWidget(self._list)
        self.column.addSpacing(6)

    def show_value(self, value: Any) -> None:
        """Show a choice."""
        if self._segments is not None:
            self._segments.set_value(value)
        if self._list is not None and value in self.field.choices:
            self._list.setCurrentIndex(self.field.choices.index(value))

    def first_value(self) -> Any:
        """Return the first choice."""
        return self.field.choices[0]

    def set_usable(self, *, usable: bool) -> None:
        """Let the user choose, or grey the choices out."""
        for widget in (self._segments, self._list):
            if widget is not None:
                widget.setEnabled(usable)

    def _picked(self, place: int) -> None:
        self.edited.emit(self.field.choices[place])


class TextEditor(Editor):
    """A line of text under its label."""

    def __init__(self, field: FieldSchema) -> None:
        super().__init__(field)
        self._value = ""
        self.line = QLineEdit()
        self._name(self.line)
        self.column.addSpacing(4)
        self.column.addWidget(self.line)
        self.column.addSpacing(6)
        self.line.editingFinished.connect(self._typing_done)

    def show_value(self, value: Any) -> None:
        """Show a text."""
        if value is not None and value != self._value:
            self._value = str(value)
            self.line.setText(self._value)

    def first_value(self) -> Any:
        """Return an empty text."""
        return ""

    def set_usable(self, *, usable: bool) -> None:
        """Let the user write, or grey the line out."""
        self.line.setEnabled(usable)

    def _typing_done(self) -> None:
        if self.line.text() != self._value:
            self._value = self.line.text()
            self.edited.emit(self._typed_value())

    def _typed_value(self) -> Any:
        return self.line.text()


class ListEditor(TextEditor):
    """Words or numbers in a row, with commas between them."""

    def show_value(self, value: Any) -> None:
        """Show a row of values."""
        super().show_value(None if value is None else ", ".join(str(item) for item in value))

    def first_value(self) -> Any:
        """Return an empty row."""
        return ()

    def _typed_value(self) -> Any:
        return tuple(word.strip() for word in self.line.text().split(",") if word.strip())


class OptionalEditor(Editor):
    """Another editor with a box that leaves the value to the program."""

    def __init__(self, inner: Editor) -> None:
        super().__init__(inner.field)
        self.inner = inner
        self._last: Any = None
        self.label.hide()
        self.box = QCheckBox("automatic")
        self.box.setAccessibleName(f"{inner.field.ui.label}: automatic")
        self.box.setToolTip(f"Let the program choose.\n{self.toolTip()}")
        inner.top.insertWidget(2, self.box)
        self.column.addWidget(inner)
        self.box.clicked.connect(self._box_clicked)
        inner.edited.connect(self._inner_edited)

    def show_value(self, value: Any) -> None:
        """Show a value, or with None that it is automatic."""
        if value is not None:
            self._last = value
        self.box.setChecked(value is None)
        self.inner.show_value(value)
        self.inner.set_usable(usable=value is not None)

    def first_value(self) -> Any:
        """Return the inner editor's first value."""
        return self.inner.first_value()

    def set_usable(self, *, usable: bool) -> None:
        """Let the user choose, or grey all out."""
        self.box.setEnabled(usable)
        self.inner.set_usable(usable=usable and not self.box.isChecked())

    def _box_clicked(self) -> None:
        chosen = self.inner.first_value() if self._last is None else self._last
        value = None if self.box.isChecked() else chosen
        self.show_value(value)
        self.edited.emit(value)

    def _inner_edited(self, value: Any) -> None:
        self._last = value
        self.edited.emit(value)


def choice_words(choice: object) -> str:
    """Return a choice as a person reads it."""
    # A hyphen before a figure belongs to a name, as in resnet-18.
    return re.sub(r"[-_](?=\D)", " ", str(choice))


class _Combo(QComboBox):
    """A list that leaves the wheel to the page while it has no focus."""

    def __init__(self, options: list[tuple[Any, str]]) -> None:
        super().__init__()
        self.addItems([words for _choice, words in options])
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
