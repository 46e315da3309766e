"""Facts about the open images, their working resolution, and what could not be read."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from sslstudio.domain.recipe import DataSpec
from sslstudio.gui.data.class_bars import ClassBars
from sslstudio.gui.data.source_bar import Choose
from sslstudio.gui.forms.form import SpecForm
from sslstudio.gui.page import Inspector
from sslstudio.gui.theme import Tokens
from sslstudio.gui.thumbnail import thumbnail
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.disclosure import Disclosure
from sslstudio.gui.widgets.notes import Banner
from sslstudio.gui.widgets.text import text_label
from sslstudio.services.datasets import ImageSet

PICTURE = 120
LISTED = 200


class DataInspector(Inspector):
    """What is known about the images.

    Signals:
        edited: a DataSpec with another resolution or table of labels.
    """

    edited = Signal(object)

    def __init__(self, tokens: Tokens, choose: Choose) -> None:
        super().__init__()
        self._data = DataSpec()
        self._choose = choose
        self._unreadable = ""
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(12)
        self._facts.setVerticalSpacing(8)
        self._notes = QVBoxLayout()
        self._notes.setSpacing(8)
        self.bars = ClassBars(tokens)
        self.form = SpecForm(self._data)
        self.before, self.after = _picture("As it is"), _picture("As training sees it")
        self.picked = text_label("", "small", wrap=True)
        self.labels = text_label("", "muted", wrap=True)
        self._choose_labels = Button("Labels from a CSV", tooltip="A table with path and label")
        self._clear_labels = Button("Clear", "quiet", tooltip="Use the folders' names as labels")
        self.failed = Disclosure("Files that could not be read")
        self._list = text_label("", "small", wrap=True)
        self._copy = Button("Copy the list", tooltip="Copy names and reasons")
        self._lay_out()
        self.form.edited.connect(lambda spec, _name: self.edited.emit(spec))
        self._choose_labels.clicked.connect(self._pick_labels)
        self._clear_labels.clicked.connect(lambda: self._set_labels(None))
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._unreadable))

    def show_data(self, data: DataSpec) -> None:
        """Show the resolution that is asked for."""
        self._data = data
        self.form.set_spec(data)
        self.labels.setText(f"Labels: {data.labels_csv}" if data.labels_csv else "")
        self.labels.setVisible(data.labels_csv is not None)
        self._clear_labels.setVisible(data.labels_csv is not None)

    def show_images(self, images: ImageSet) -> None:
        """Show what is known about these images."""
        counts = [int((images.labels == index).sum()) for index in range(len(images.class_names))]
        facts = {
            "Images": f"{len(images.paths):,}",
            "Classes": f"{len(images.class_names):,}" if images.labelled else "no labels",
            "Training": f"{len(images.train_indices()):,}",
            "Held out": f"{len(images.held_out_indices()):,}",
            "Original sizes": _sizes(images),
            "Channels": "colour" if images.images.shape[1] == 3 else "grey",
        }
        _clear(self._facts)
        for number, (name, value) in enumerate(facts.items()):
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(text_label(name, "section"))
            cell.addWidget(text_label(value, "strong"))
            self._facts.addLayout(cell, number // 2, number % 2)
        self.bars.set_counts(images.class_names, counts)
        self.bars.setVisible(bool(images.class_names))
        self._show_notes(images)
        self._show_unreadable(images)

    def show_picture(self, original: QPixmap, row: np.ndarray, words: str) -> None:
        """Show one image before and after it is brought to the working resolution."""
        self.before.setPixmap(original)
        self.after.setPixmap(thumbnail(row, PICTURE, self.devicePixelRatioF()))
        self.picked.setText(words)

    def _show_notes(self, images: ImageSet) -> None:
        while (item := self._notes.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for note in images.notes:
            self._notes.addWidget(Banner("note", note))

    def _show_unreadable(self, images: ImageSet) -> None:
        count = len(images.unreadable)
        self.failed.setVisible(count > 0)
        self.failed.rename(f"{count:,} file{'s' if count != 1 else ''} could not be read")
        self._unreadable = "\n".join(f"{file.path}: {file.reason}" for file in images.unreadable)
        self._list.setText("\n".join(self._unreadable.splitlines()[:LISTED]))

    def _pick_labels(self) -> None:
        path = self._choose("csv")
        if path:
            self._set_labels(path)

    def _set_labels(self, path: str | None) -> None:
        self.edited.emit(self._data.model_copy(update={"labels_csv": path}))

    def _lay_out(self) -> None:
        pictures = QGridLayout()
        pictures.setHorizontalSpacing(12)
        for place, (picture, word) in enumerate(
            ((self.before, "Original"), (self.after, "Working resolution"))
        ):
            pictures.addWidget(text_label(word, "section"), 0, place)
            pictures.addWidget(picture, 1, place, Qt.AlignmentFlag.AlignLeft)
        buttons = QHBoxLayout()
        buttons.addWidget(self._choose_labels)
        buttons.addWidget(self._clear_labels)
        buttons.addStretch(1)
        column = self.column
        column.addLayout(self._facts)
        column.addLayout(self._notes)
        column.addWidget(self.bars)
        column.addWidget(text_label("Working resolution", "title"))
        column.addWidget(self.form)
        column.addLayout(pictures)
        column.addWidget(self.picked)
        column.addWidget(self.labels)
        column.addLayout(buttons)
        self.failed.body.addWidget(self._list)
        self.failed.body.addWidget(self._copy)
        column.addWidget(self.failed)
        self.failed.hide()


def _picture(name: str) -> QLabel:
    label = QLabel()
    label.setFixedSize(PICTURE, PICTURE)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setAccessibleName(name)
    return label


def _sizes(images: ImageSet) -> str:
    sides = images.original_sizes
    low, high = sides.min(axis=0), sides.max(axis=0)
    if (low == high).all():
        return f"{low[0]} × {low[1]} px"
    return f"{low.min()} to {high.max()} px"


def _clear(layout: QGridLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        while inner is not None and (cell := inner.takeAt(0)) is not None:
            widget: QWidget | None = cell.widget()
            if widget is not None:
                widget.deleteLater()
