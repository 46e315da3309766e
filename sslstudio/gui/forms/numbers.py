"""Editors for numbers: a slider with its value, a pair on one slider, and a plain field."""

from __future__ import annotations

from typing import Any, get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QLineEdit

from sslstudio.domain.fields import FieldSchema, Range
from sslstudio.gui.forms.editor import Editor
from sslstudio.gui.forms.scale import Scale
from sslstudio.gui.widgets.slider import HEIGHT, ThinSlider
from sslstudio.gui.widgets.text import text_label, use_tabular_figures

FIELD_WIDTH = 96


class _ValueLabel(QLabel):
    """A value at the right of a label.

    Signals:
        typing_asked: the user double-clicked it.
    """

    typing_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "value")
        self.setCursor(Qt.CursorShape.IBeamCursor)
        use_tabular_figures(self)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.typing_asked.emit()


class _TypedValue(QLineEdit):
    """The field that stands in a value's place while it is typed.

    Signals:
        left: typing has ended without enter.
    """

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bare", True)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(FIELD_WIDTH)
        use_tabular_figures(self)
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class SliderEditor(Editor):
    """Label and value over a thin slider; F2, enter or a double-click on the value types it."""

    def __init__(self, field: FieldSchema, limits: Range) -> None:
        super().__init__(field)
        self.scale = Scale(limits, field.type is int, field.ui.unit)
        self._value: float = limits.low
        self._text = _ValueLabel()
        self._typed = _TypedValue()
        self.slider = ThinSlider()
        self.slider.setRange(0, len(self.scale.values) - 1)
        self.slider.setPageStep(max(1, len(self.scale.values) // 10))
        for widget in (self._text, self._typed, self.slider):
            self._name(widget)
        self._text.setToolTip(f"{self.toolTip()}\nDouble-click to type a value.")
        self.top.addWidget(self._text)
        self.top.addWidget(self._typed)
        self.column.addWidget(self.slider)
        self.column.addSpacing(6)
        self.slider.valueChanged.connect(self._moved)
        self.slider.typing_asked.connect(self.begin_typing)
        self._text.typing_asked.connect(self.begin_typing)
        self._typed.returnPressed.connect(self._typing_done)
        self._typed.left.connect(self._end_typing)

    def text(self) -> str:
        """Return the value as it is written beside the label."""
        return self._text.text()

    def show_value(self, value: Any) -> None:
        """Show a value; one between the slider's steps is written as it is."""
        if value is None:
            return
        self._value = value
        self._text.setText(self.scale.text(value))
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(self.scale.position(value))
        self.slider.blockSignals(blocked)

    def first_value(self) -> Any:
        """Return the middle of the slider."""
        return self.scale.at(len(self.scale.values) // 2)

    def set_usable(self, *, usable: bool) -> None:
        """Let the slider move, or grey it out."""
        self.slider.setEnabled(usable)
        self._text.setVisible(usable)

    def begin_typing(self) -> None:
        """Put a field in the value's place."""
        if not self.slider.isEnabled():
            return
        self._typed.setText(self.scale.number(self._value))
        self._text.hide()
        self._typed.show()
        self._typed.selectAll()
        self._typed.setFocus()

    def _typing_done(self) -> None:
        value = self.scale.read(self._typed.text())
        self._end_typing()
        if value is not None and value != self._value:
            self.show_value(value)
            self.edited.emit(value)

    def _end_typing(self) -> None:
        if self._typed.isVisibleTo(self):
            self._text.show()
            had_focus = self._typed.hasFocus()
            self._typed.hide()
            if had_focus:
                self.slider.setFocus()

    def _moved(self, position: int) -> None:
        value = self.scale.at(position)
        if value != self._value:
            self._value = value
            self._text.setText(self.scale.text(value))
            self.edited.emit(value)


class PairEditor(Editor):
    """A lower and an upper value on one slider with two handles."""

    def __init__(self, field: FieldSchema, limits: Range) -> None:
        super().__init__(field)
        self.scale = Scale(limits, get_args(field.type)[0] is int, field.ui.unit)
        self._value: tuple[float, float] = (limits.low, limits.high)
        self._text = text_label("", "value")
        self._slider = _range_slider(len(self.scale.values) - 1)
        self._name(self._slider)
        self.top.addWidget(self._text)
        self.column.addWidget(self._slider)
        self.column.addSpacing(6)
        self._slider.valueChanged.connect(self._moved)

    @property
    def slider(self) -> Any:
        """The slider with two handles, whose values are places on the scale."""
        return self._slider

    def text(self) -> str:
        """Return the values as they are written beside the label."""
        return self._text.text()

    def show_value(self, value: Any) -> None:
        """Show a pair of values."""
        if value is None:
            return
        self._value = value
        self._write()
        blocked = self._slider.blockSignals(True)
        self._slider.setValue((self.scale.position(value[0]), self.scale.position(value[1])))
        self._slider.blockSignals(blocked)

    def first_value(self) -> Any:
        """Return the whole range."""
        return (self.scale.at(0), self.scale.at(len(self.scale.values) - 1))

    def set_usable(self, *, usable: bool) -> None:
        """Let the handles move, or grey them out."""
        self._slider.setEnabled(usable)
        self._text.setVisible(usable)

    def _write(self) -> None:
        self._text.setText(self.scale.pair_text(*self._value))

    def _moved(self, places: tuple[int, int]) -> None:
        # A handle that did not move keeps its value, which may lie between the slider's steps.
        old = [self.scale.position(value) for value in self._value]
        value = tuple(
            before if place == was else self.scale.at(place)
            for before, place, was in zip(self._value, places, old, strict=True)
        )
        if value != self._value:
            self._value = (value[0], value[1])
            self._write()
            self.edited.emit(self._value)


class NumberEditor(Editor):
    """A plain field, for numbers that no slider can meet."""

    def __init__(self, field: FieldSchema) -> None:
        super().__init__(field)
        limits = field.range or Range(float("-inf"), float("inf"))
        self.scale = Scale(limits, field.type is int, field.ui.unit)
        self._value: float = 0
        self._field = QLineEdit()
        self._field.setFixedWidth(FIELD_WIDTH + 24)
        self._field.setAlignment(Qt.AlignmentFlag.AlignRight)
        use_tabular_figures(self._field)
        self._name(self._field)
        self.top.addWidget(self._field)
        self._field.editingFinished.connect(self._typing_done)

    def show_value(self, value: Any) -> None:
        """Show a number."""
        if value is not None:
            self._value = value
            self._field.setText(f"{value}")

    def first_value(self) -> Any:
        """Return the lower limit, or 0 where there is none."""
        return self.field.range.low if self.field.range else 0

    def set_usable(self, *, usable: bool) -> None:
        """Let the user type, or grey the field out."""
        self._field.setEnabled(usable)

    def _typing_done(self) -> None:
        value = self.scale.read(self._field.text())
        if value is None or value == self._value:
            self._field.setText(f"{self._value}")
            return
        self.show_value(value)
        self.edited.emit(value)


def _range_slider(top: int) -> Any:
    # superqt takes a third of a second to import; only forms with a pair need it.
    from superqt import QRangeSlider

    slider = QRangeSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, top)
    slider.setFixedHeight(HEIGHT)
    slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return slider
