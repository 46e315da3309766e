"""Buttons in a few weights."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from sslstudio.gui.widgets.icons import icon as drawn_icon

Kind = Literal["primary", "secondary", "quiet", "danger", "link", "icon"]
ICON_PX = 16


class Button(QPushButton):
    """A button that says what it does to the eye, the pointer and the screen reader.

    A page has at most one `primary` button; `link` stands inside running text, `icon` has no text.
    """

    def __init__(
        self,
        text: str,
        kind: Kind = "secondary",
        icon: str | None = None,
        shortcut: str | None = None,
        tooltip: str = "",
    ) -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self.setAccessibleName(text or tooltip)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._icon_name = icon
        self._shortcut = shortcut
        if shortcut:
            self.setShortcut(QKeySequence(shortcut))
        self.explain(tooltip or text)

    def explain(self, tooltip: str) -> None:
        """Say in the tooltip what the button does; the shortcut is added."""
        keys = QKeySequence(self._shortcut or "").toString(QKeySequence.SequenceFormat.NativeText)
        self.setToolTip(f"{tooltip}  ({keys})" if keys else tooltip)

    def rename(self, text: str, tooltip: str = "") -> None:
        """Show another word, with what it does."""
        # Qt takes a shortcut away when the text changes.
        self.setText(text)
        if self._shortcut:
            self.setShortcut(QKeySequence(self._shortcut))
        self.setAccessibleName(text)
        self.explain(tooltip or text)

    def set_icon(self, name: str | None) -> None:
        """Show another icon, or none."""
        self._icon_name = name
        self._draw_icon()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the icon when it is first seen."""
        super().showEvent(event)
        if self.icon().isNull():
            self._draw_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        follows = (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange, QEvent.Type.StyleChange)
        if event.type() in follows and not self.icon().isNull():
            self._draw_icon()

    def _draw_icon(self) -> None:
        if self._icon_name is None:
            return
        colour = self.palette().color(QPalette.ColorRole.ButtonText)
        self.setIcon(drawn_icon(self._icon_name, colour.name()))
        self.setIconSize(QSize(ICON_PX, ICON_PX))


def icon_button(icon: str, tooltip: str, shortcut: str | None = None) -> Button:
    """Return a square button that shows only an icon."""
    button = Button("", "icon", icon, shortcut, tooltip)
    button.setFixedWidth(30)
    return button


class SegmentButton(QPushButton):
    """One of several choices that stand side by side."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCheckable(True)
        self.setProperty("segment", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(text)
        self.setToolTip(text)
