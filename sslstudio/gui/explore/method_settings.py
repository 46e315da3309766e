"""The settings of a map's method, in a small panel that opens under the bar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QFrame, QSpinBox, QWidget

from sslstudio.gui.widgets.text import text_label
from sslstudio.services.maps.settings import Limits, MapSettings, limits_of

FIELD_WIDTH = 110


class MethodSettings(QFrame):
    """A field for each setting; the values of every method are kept.

    Signals:
        changed: the new settings.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("panel", "over")
        self._settings: MapSettings | None = None
        self._form = QFormLayout(self)
        self._form.setContentsMargins(16, 12, 16, 12)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)

    def show_settings(self, settings: MapSettings) -> None:
        """Offer the fields of these settings."""
        if settings == self._settings:
            return
        same_method = self._settings is not None and settings.method == self._settings.method
        self._settings = settings
        if same_method:
            return
        while self._form.rowCount():
            self._form.removeRow(0)
        for name, limits in limits_of(settings).items():
            field = _field(limits, getattr(settings, name))
            field.setObjectName(name)
            field.valueChanged.connect(self._read)
            self._form.addRow(text_label(limits.label), field)
        if not limits_of(settings):
            self._form.addRow(text_label(f"{settings.title} has nothing to set.", "muted"))
        self.adjustSize()

    def _read(self) -> None:
        if self._settings is None:
            return
        values: dict[str, Any] = {}
        for name in limits_of(self._settings):
            field = self.findChild(QSpinBox, name) or self.findChild(QDoubleSpinBox, name)
            if field is not None:
                values[name] = field.value()
        self._settings = replace(self._settings, **values)
        self.changed.emit(self._settings)


def _field(limits: Limits, value: float) -> QSpinBox | QDoubleSpinBox:
    field: QSpinBox | QDoubleSpinBox
    if isinstance(value, int):
        field = QSpinBox()
        field.setRange(int(limits.low), int(limits.high))
        field.setValue(value)
    else:
        field = QDoubleSpinBox()
        small = limits.high <= 1
        field.setDecimals(2 if small else 1)
        field.setSingleStep(0.05 if small else 1.0)
        field.setRange(limits.low, limits.high)
        field.setValue(value)
    field.setFixedWidth(FIELD_WIDTH)
    field.setKeyboardTracking(False)
    field.setAccessibleName(limits.label)
    field.setToolTip(f"{limits.help} From {limits.low:g} to {limits.high:g}.")
    return field
