"""What is known about a set of images: counts, sizes, classes, notes and unreadable files."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.disclosure import Disclosure
from sslstudio.gui.widgets.notes import Banner
from sslstudio.gui.widgets.text import text_label, use_tabular_figures
from sslstudio.services.datasets import ImageSet

FACTS = ("Images", "Classes", "Training", "Held out", "Original sizes", "Channels")
LIST_HEIGHT = 96


class FactGrid(QWidget):
    """Six numbers in two columns, each under its name."""

    def __init__(self) -> None:
        super().__init__()
        self.values = {name: text_label("", "strong") for name in FACTS}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for number, (name, value) in enumerate(self.values.items()):
            use_tabular_figures(value)
            value.setAccessibleName(name)
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(text_label(name, "section"))
            cell.addWidget(value)
            grid.addLayout(cell, number // 2, number % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def show_images(self, images: ImageSet) -> None:
        """Show the numbers of these images."""
        shown = (
            f"{len(images.paths):,}",
            f"{len(images.class_names):,}" if images.labelled else "no labels",
            f"{len(images.train_indices()):,}",
            f"{len(images.held_out_indices()):,}",
            size_words(images.original_sizes),
            "colour" if images.images.shape[1] == 3 else "grey",
        )
        for name, words in zip(FACTS, shown, strict=True):
            self.values[name].setText(words)


class Notes(QWidget):
    """One tinted sentence for each thing the reader noticed."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    def show_notes(self, notes: tuple[str, ...]) -> None:
        """Show these sentences instead of the last ones."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for note in notes:
            self._column.addWidget(Banner("note", note))
        self.setVisible(bool(notes))


class UnreadableFiles(Disclosure):
    """The files that were left out, each with its reason."""

    def __init__(self) -> None:
        super().__init__("Files that could not be read")
        self.list = QPlainTextEdit()
        self.list.setReadOnly(True)
        self.list.setFixedHeight(LIST_HEIGHT)
        self.list.setAccessibleName("Files that could not be read")
        self.list.setToolTip("Each file with the reason why it was left out")
        self.copy = Button("Copy the list", tooltip="Copy the names and reasons")
        self.copy.clicked.connect(self._copy)
        self.body.setSpacing(8)
        self.body.addWidget(self.list)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        self.body.addLayout(row)
        self.hide()

    def show_images(self, images: ImageSet) -> None:
        """List what could not be read of these images; hidden if all could."""
        count = len(images.unreadable)
        self.rename(f"{count:,} file{'s' if count != 1 else ''} could not be read")
        self.list.setPlainText(
            "\n".join(f"{file.path}: {file.reason}" for file in images.unreadable)
        )
        self.setVisible(count > 0)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.list.toPlainText())


def size_words(sizes: np.ndarray) -> str:
    """Return the widths and heights (n, 2) of all images in a few words."""
    low, high = sizes.min(axis=0), sizes.max(axis=0)
    if (low == high).all():
        return f"{low[0]} × {low[1]} px"
    return f"{low.min()} to {high.max()} px"
