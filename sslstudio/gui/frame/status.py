"""The line at the bottom: where the work runs and on what."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import text_label, use_tabular_figures

STATUS_HEIGHT = 27


class StatusLine(Panel):
    """Device and precision, memory, data; at the right the way to all commands.

    Signals:
        commands_asked: the user clicked on the palette's name.
    """

    commands_asked = Signal()

    def __init__(self) -> None:
        super().__init__("flat", margin=0, spacing=0)
        self.setFixedHeight(STATUS_HEIGHT)
        self._labels = [text_label("", "small") for _ in range(3)]
        commands = Button("Ctrl+K commands", "link", tooltip="Find any command by its name")
        commands.setProperty("plain", True)
        commands.clicked.connect(self.commands_asked)
        row = QHBoxLayout()
        row.setContentsMargins(16, 1, 16, 0)
        row.setSpacing(20)
        for label in self._labels:
            use_tabular_figures(label)
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(commands)
        self.body.addLayout(row)

    def set_content(self, device: str, memory: str, data: str) -> None:
        """Show where the work runs and on what; an empty text takes no room."""
        for label, text in zip(self._labels, (device, memory, data), strict=True):
            label.setText(text)
            label.setVisible(bool(text))

    def words(self) -> list[str]:
        """Return the texts that are shown."""
        return [label.text() for label in self._labels if label.text()]
