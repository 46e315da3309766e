"""The images nearest to a query, with their scores and one honest sentence."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.gui.explore.query_box import QueryBox
from sslstudio.gui.explore.search import Found
from sslstudio.gui.explore.source import Embedded
from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.gui.theme import Tokens
from sslstudio.gui.widgets.marks import Chip
from sslstudio.gui.widgets.notes import Banner
from sslstudio.gui.widgets.text import text_label

COLUMNS = 4
GAP = 6
FAR = "On a map, distance between far clusters means little."
HINT = "Click a point of the map, or give an image of your own, to see what is most alike to it."


class NeighboursPanel(QWidget):
    """Query, neighbours and what to think of them.

    Signals:
        activated: place of a neighbour among the embedded images.
        image_given: a Path, or the bytes of a pasted picture.
    """

    activated = Signal(int)
    image_given = Signal(object)

    def __init__(self, tokens: Tokens, count: int) -> None:
        super().__init__()
        self.setObjectName("explore.neighbours")
        self._found: Found | None = None
        self._embedded: Embedded | None = None
        self.query = QueryBox(tokens)
        self.query.image_given.connect(self.image_given)
        self.grid = ThumbnailGrid(tokens, "Neighbours", columns=COLUMNS, gap=GAP)
        self.grid.set_captions(self._caption)
        self.grid.activated.connect(self._activate)
        self.note = Banner("note", HINT)
        self.grid.fix_rows(-(-count // COLUMNS))
        self.grid.hide()
        self._lay_out(count)

    def show_found(
        self, found: Found | None, embedded: Embedded | None, images: np.ndarray
    ) -> None:
        """Show a query with its neighbours; None for no query."""
        self._found, self._embedded = found, embedded
        self.grid.setVisible(found is not None)
        if found is None or embedded is None:
            self.query.show_query(None)
            self.note.set_content("note", HINT)
            return
        self.query.show_query(found.image, f"Query: {found.words}")
        self.grid.set_images(images, embedded.images[found.indices])
        self.note.set_content("note", f"{found.judgement(embedded)} {FAR}".strip())

    def show_problem(self, sentence: str) -> None:
        """Say why an image cannot be looked for."""
        self.note.set_content("warning", sentence)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.query.set_tokens(tokens)
        self.grid.set_tokens(tokens)

    def _caption(self, place: int) -> str:
        if self._found is None or self._embedded is None:
            return ""
        score = f"{self._found.scores[place]:.2f}".replace("0.", ".", 1)
        table = self._embedded.table
        label = table.labels[self._found.indices[place]]
        return f"{score} {table.class_names[label]}" if label >= 0 else score

    def _activate(self, image: int) -> None:
        if self._found is not None and self._embedded is not None:
            place = np.flatnonzero(self._embedded.images[self._found.indices] == image)[0]
            self.activated.emit(int(self._found.indices[place]))

    def _lay_out(self, count: int) -> None:
        top = QHBoxLayout()
        top.addWidget(text_label("Neighbours", "title"), 1)
        chip = Chip(f"k = {count}")
        chip.setToolTip(f"The {count} images with the highest cosine similarity")
        top.addWidget(chip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.query)
        column.addWidget(self.grid)
        column.addWidget(self.note)
