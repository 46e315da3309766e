"""A field that narrows a list while one types."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit


class SearchField(QLineEdit):
    """A line edit with a placeholder; escape empties it."""

    def __init__(self, placeholder: str, tooltip: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setToolTip(tooltip or placeholder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Empty the field on escape, if there is something in it."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)
