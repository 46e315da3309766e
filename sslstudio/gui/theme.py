"""The one module a painter asks about looks: tokens, class colours and the theme in use."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from sslstudio.gui.class_palette import (
    CLASS_COLOURS,
    DIVERGING,
    REST_COLOUR,
    VIRIDIS,
    class_colour,
)
from sslstudio.gui.style import palette, style_sheet
from sslstudio.gui.tokens import (
    BOLD,
    CONTROL_HEIGHT,
    DARK,
    LIGHT,
    RADIUS,
    REGULAR,
    SPACE,
    TYPE,
    Tokens,
    contrast,
    mixed,
)

__all__ = [
    "BOLD",
    "CLASS_COLOURS",
    "CONTROL_HEIGHT",
    "DARK",
    "DIVERGING",
    "LIGHT",
    "RADIUS",
    "REGULAR",
    "REST_COLOUR",
    "SPACE",
    "TYPE",
    "VIRIDIS",
    "Mode",
    "Theme",
    "Tokens",
    "class_colour",
    "contrast",
    "mixed",
    "type_font",
]

Mode = Literal["system", "light", "dark"]


def type_font(size: str = "body", *, bold: bool = False, tabular: bool = False) -> QFont:
    """Return the window's font in a size of `TYPE`, for those who paint text themselves."""
    font = QFont(QApplication.font())
    font.setPixelSize(TYPE[size])
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


class Theme(QObject):
    """Gives the application its looks and follows the system's light and dark.

    Signals:
        changed: the new `Tokens`, after the application has taken them on.
    """

    changed = Signal(object)

    def __init__(self, application: QApplication, mode: Mode = "system") -> None:
        super().__init__(application)
        self._application = application
        self._mode: Mode = mode
        application.setStyle("Fusion")
        application.setFont(_interface_font(application))
        self._tokens = self._wanted()
        self._apply()
        application.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def tokens(self) -> Tokens:
        """The colours in use."""
        return self._tokens

    @property
    def mode(self) -> Mode:
        """What the user chose: a fixed theme or the system's."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Use a fixed theme, or the system's from now on."""
        self._mode = mode
        self._update()

    def _system_changed(self, _scheme: Qt.ColorScheme) -> None:
        self._update()

    def _update(self) -> None:
        wanted = self._wanted()
        if wanted != self._tokens:
            self._tokens = wanted
            self._apply()
            self.changed.emit(wanted)

    def _wanted(self) -> Tokens:
        if self._mode == "system":
            scheme = self._application.styleHints().colorScheme()
            return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def _apply(self) -> None:
        self._application.setPalette(palette(self._tokens))
        self._application.setStyleSheet(style_sheet(self._tokens))


def _interface_font(application: QApplication) -> QFont:
    font = QFont("Inter") if QFontDatabase.hasFamily("Inter") else QFont(application.font())
    font.setPixelSize(TYPE["body"])
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
