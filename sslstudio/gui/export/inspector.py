"""What the written card will say about the encoder."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.gui.page import Inspector
from sslstudio.gui.widgets.text import text_label

NO_RUN = "The facts that travel with an encoder stand here once a run can be exported."
READING = "Reading the checkpoint."


class CardInspector(Inspector):
    """The facts that travel with the encoder, each under its name."""

    def __init__(self) -> None:
        super().__init__()
        self._words = text_label(NO_RUN, "muted", wrap=True)
        self._holder = QWidget()
        self._files = text_label("", "body", wrap=True)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        column = QVBoxLayout(self._holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._lines)
        column.addWidget(_line("Files", self._files))
        self.column.addWidget(text_label("What will be written", "title"))
        self.column.addWidget(self._words)
        self.column.addWidget(self._holder)
        self._holder.hide()

    def show_words(self, words: str) -> None:
        """Say why there are no facts."""
        self._words.setText(words)
        self._words.show()
        self._holder.hide()

    def show_card(self, content: Mapping[str, str]) -> None:
        """Show these facts instead of the last ones."""
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for label, value in content.items():
            self._lines.addWidget(_line(label, text_label(value, "body", wrap=True)))
        self._words.hide()
        self._holder.show()

    def show_files(self, files: str) -> None:
        """Name the files of the chosen format."""
        self._files.setText(files)


def _line(name: str, value: QWidget) -> QWidget:
    line = QWidget()
    column = QVBoxLayout(line)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(text_label(name, "section"))
    column.addWidget(value)
    return line
