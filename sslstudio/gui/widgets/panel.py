"""Flat panels and the lines between them."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from sslstudio.gui.widgets.text import text_label


class Panel(QFrame):
    """A ground for other widgets: `card` with a thin line, `flat`, `ground`, `stage` or `over`."""

    def __init__(
        self,
        kind: Literal["card", "flat", "ground", "stage", "over"] = "card",
        title: str = "",
        *,
        margin: int = 12,
        spacing: int = 8,
    ) -> None:
        super().__init__()
        self.setProperty("panel", kind)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(spacing)
        if title:
            self.body.addWidget(text_label(title, "section"))


class SplitLine(QFrame):
    """A line of one pixel."""

    def __init__(self, direction: Literal["horizontal", "vertical"] = "horizontal") -> None:
        super().__init__()
        self.setProperty("line", direction)


def scrolling(content: QWidget) -> QScrollArea:
    """Return a frameless area in which tall content scrolls up and down only."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
