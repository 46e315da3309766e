"""What is selected: how many of which class, and their images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.gui.explore.selection import Selection
from sslstudio.gui.explore.source import Embedded
from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.gui.theme import Tokens
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import text_label

COLUMNS = 6
FEWEST_ROWS = 3
NAMED_CLASSES = 6
NOTHING = "Nothing selected"
HINT = "Shift-drag a line around points of the map, or click one."


class SelectionPanel(QWidget):
    """The selection as a count, class by class, and as a gallery.

    Signals:
        activated: place of an image among the embedded ones.
    """

    activated = Signal(int)

    def __init__(self, selection: Selection, tokens: Tokens) -> None:
        super().__init__()
        self._selection = selection
        self._rows = FEWEST_ROWS
        self._embedded: Embedded | None = None
        self._images = np.zeros((0, 3, 1, 1), dtype=np.uint8)
        self.title = text_label(NOTHING, "title")
        self.counts = text_label(HINT, "muted", wrap=True)
        self.clear = Button("Clear", "link", tooltip="Select nothing (escape on the map)")
        self.gallery = ThumbnailGrid(tokens, "Selected images", columns=COLUMNS)
        self.gallery.setObjectName("explore.gallery")
        self.gallery.activated.connect(self._activate)
        self.clear.clicked.connect(selection.clear)
        selection.changed.connect(self.refresh)
        self._lay_out()
        self.refresh()

    def show_embedded(self, embedded: Embedded | None, images: np.ndarray) -> None:
        """Take another set of embedded images."""
        self._embedded, self._images = embedded, images
        self.refresh()

    def allow_rows(self, rows: int) -> None:
        """Let the gallery be at most so many rows high."""
        self._rows = max(FEWEST_ROWS, rows)
        self._fit_gallery()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.gallery.set_tokens(tokens)

    def refresh(self) -> None:
        """Show what is selected now."""
        count = self._selection.count
        rows = self._selection.indices()
        embedded = self._embedded
        if embedded is None or len(self._selection.mask) != len(embedded.images):
            count, rows = 0, rows[:0]
        self.title.setText(f"{count:,} selected" if count else NOTHING)
        self.clear.setVisible(count > 0)
        self.gallery.setVisible(count > 0)
        if embedded is None or not count:
            self.counts.setText(HINT)
        else:
            table = embedded.table
            self.counts.setText(class_counts(table.labels[rows], table.class_names))
            self.gallery.set_images(self._images, embedded.images[rows])
            self._fit_gallery()

    def _fit_gallery(self) -> None:
        needed = -(-self._selection.count // COLUMNS)
        self.gallery.fix_rows(max(1, min(self._rows, needed)))

    def _activate(self, image: int) -> None:
        if self._embedded is not None:
            place = np.flatnonzero(self._embedded.images == image)[0]
            self.activated.emit(int(place))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.counts)
        column.addWidget(self.gallery)


def class_counts(labels: np.ndarray, names: Sequence[str]) -> str:
    """Return how many images of each class there are, most first: `horse 188 · deer 17`."""
    codes, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    words = [
        f"{names[codes[place]] if codes[place] >= 0 else 'no class'} {counts[place]:,}"
        for place in order
    ]
    rest = len(words) - NAMED_CLASSES
    shown = words[:NAMED_CLASSES] + ([f"{rest} more"] if rest > 0 else [])
    return " \u00b7 ".join(shown)
