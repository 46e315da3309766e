"""Facts about the open images, one of them before and after, and their working resolution."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.domain.recipe import DataSpec
from sslstudio.gui.data.class_bars import ClassBars
from sslstudio.gui.data.comparison import Comparison
from sslstudio.gui.data.facts import FactGrid, Notes, UnreadableFiles
from sslstudio.gui.data.source_bar import Choose
from sslstudio.gui.forms.form import SpecForm
from sslstudio.gui.page import Inspector
from sslstudio.gui.theme import Tokens
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import text_label
from sslstudio.services.datasets import ImageSet


class DataInspector(Inspector):
    """What is known about the images, and at which resolution training sees them.

    Signals:
        edited: a DataSpec with another resolution or table of labels.
    """

    edited = Signal(object)

    def __init__(self, tokens: Tokens, choose: Choose) -> None:
        super().__init__()
        self._data = DataSpec()
        self._choose = choose
        self.nothing = text_label(
            "How many images there are, of which classes and sizes, stands here once some are "
            "open.",
            "muted",
            wrap=True,
        )
        self.facts = FactGrid()
        self.notes = Notes()
        self.failed = UnreadableFiles()
        self.bars = ClassBars(tokens)
        self.labels = text_label("", "small", wrap=True)
        self.choose_labels = Button(
            "Labels from a CSV", "link", tooltip="Open a table with the columns path and label"
        )
        self.clear_labels = Button(
            "Clear", "link", tooltip="Use the names of the folders as labels again"
        )
        self.comparison = Comparison()
        self.picked = text_label("", "small", wrap=True)
        self.form = SpecForm(self._data)
        self._known = QWidget()
        self._lay_out()
        self._known.hide()
        self.form.edited.connect(self._resolution_edited)
        self.choose_labels.clicked.connect(self._pick_labels)
        self.clear_labels.clicked.connect(self._forget_labels)

    def show_data(self, data: DataSpec) -> None:
        """Show the resolution and the labels that are asked for."""
        self._data = data
        self.form.set_spec(data)
        table = data.labels_csv
        self.labels.setText(f"Labels: {table}" if table else "")
        self.labels.setVisible(table is not None)
        self.clear_labels.setVisible(table is not None)

    def show_images(self, images: ImageSet) -> None:
        """Show what is known about these images."""
        known = images.labels[images.labels >= 0]
        counts = np.bincount(known, minlength=len(images.class_names))
        self.facts.show_images(images)
        self.notes.show_notes(images.notes)
        self.failed.show_images(images)
        self.bars.set_counts(images.class_names, counts.tolist())
        self.bars.setVisible(bool(images.class_names))
        # A generated set has no files that a table could name.
        self.choose_labels.setVisible(images.files is not None)
        self.nothing.hide()
        self._known.show()

    def show_picked(self, row: np.ndarray, words: str) -> None:
        """Show an image (c, h, w) at the working resolution and what is known about it."""
        self.comparison.show_after(row)
        self.picked.setText(words)

    def ask_for_labels(self, path: str | None) -> None:
        """Ask for the labels of a table, or without one for those of the folders."""
        self.edited.emit(self._data.model_copy(update={"labels_csv": path}))

    def _resolution_edited(self, spec: BaseModel, _name: str) -> None:
        self.edited.emit(spec)

    def _pick_labels(self) -> None:
        path = self._choose("csv")
        if path:
            self.ask_for_labels(path)

    def _forget_labels(self) -> None:
        self.ask_for_labels(None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._known)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for part in (self.facts, self.notes, self.failed):
            column.addWidget(part)
        column.addLayout(self._classes())
        column.addWidget(text_label("Working resolution", "title"))
        column.addWidget(self.comparison)
        column.addWidget(self.picked)
        column.addWidget(self.form)
        column.addStretch(1)
        self.column.addWidget(self.nothing)
        self.column.addWidget(self._known)

    def _classes(self) -> QVBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(text_label("Classes", "section"))
        head.addStretch(1)
        head.addWidget(self.choose_labels)
        head.addWidget(self.clear_labels)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.labels)
        column.addWidget(self.bars)
        return column
