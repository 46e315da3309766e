"""The right side of the Explore page: the selection, and the neighbours of one image."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent

from sslstudio.gui.explore.neighbours import NeighboursPanel
from sslstudio.gui.explore.search import NEIGHBOURS
from sslstudio.gui.explore.selection import Selection
from sslstudio.gui.explore.selection_panel import SelectionPanel
from sslstudio.gui.page import Inspector
from sslstudio.gui.theme import Tokens
from sslstudio.gui.widgets.panel import SplitLine

# Everything but the gallery, and one row of it.
REST_PX = 570
ROW_PX = 48


class ExploreInspector(Inspector):
    """Selection above, neighbours below."""

    def __init__(self, selection: Selection, tokens: Tokens) -> None:
        super().__init__()
        self.selected = SelectionPanel(selection, tokens)
        self.neighbours = NeighboursPanel(tokens, NEIGHBOURS)
        self.column.addWidget(self.selected)
        self.column.addWidget(SplitLine())
        self.column.addWidget(self.neighbours)
        self.column.addStretch(1)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.selected.set_tokens(tokens)
        self.neighbours.set_tokens(tokens)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the gallery the height that is left."""
        super().resizeEvent(event)
        self.selected.allow_rows((self.height() - REST_PX) // ROW_PX)
