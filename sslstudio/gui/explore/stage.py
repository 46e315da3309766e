"""The left side of the Explore page: bar, progress, the map or what to do next, checkpoints."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from sslstudio.gui.explore.bar import MapBar
from sslstudio.gui.explore.map_view import MapView
from sslstudio.gui.explore.selection import Selection
from sslstudio.gui.explore.timeline import Timeline
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.message_bar import MessageBar
from sslstudio.gui.widgets.notes import EmptyState
from sslstudio.gui.widgets.panel import Panel, SplitLine
from sslstudio.gui.widgets.progress import ProgressStrip

NO_RUN = (
    "Nothing to explore yet",
    "A map shows where an encoder puts each image. Train a recipe on the Train page, or choose a "
    "run on the left.",
)
NO_CHECKPOINT = (
    "This run has no checkpoint yet",
    "The first one is written within a minute of training; the map can be computed then.",
)
NO_MAP = (
    "This map has not been computed",
    "Press Compute map. PCA takes a moment, UMAP and t-SNE some seconds for each thousand images; "
    "the result is kept.",
)


class ExploreStage(Panel):
    """Everything around the map, and the map.

    Signals:
        stopped: the user wants the work that is shown to end.
    """

    stopped = Signal()

    def __init__(self, theme: Theme, selection: Selection) -> None:
        super().__init__("flat", margin=0, spacing=0)
        self.bar = MapBar()
        self.map = MapView(theme, selection)
        self.map.setObjectName("explore.map")
        self.timeline = Timeline()
        self.progress = ProgressStrip()
        self.progress.stopped.connect(self.stopped)
        self.messages = MessageBar()
        self._strip = Panel("flat", margin=0)
        self._pages = QStackedWidget()
        self._empty = {words: EmptyState(*words) for words in (NO_RUN, NO_CHECKPOINT, NO_MAP)}
        self._lay_out()
        self.show_empty(NO_RUN)

    def show_map(self) -> None:
        """Show the map."""
        self._pages.setCurrentWidget(self.map)
        self.bar.show()
        self.timeline.show()

    def show_empty(self, words: tuple[str, str]) -> None:
        """Show what to do next instead of the map: one of the texts of this module."""
        self._pages.setCurrentWidget(self._empty[words])
        self.bar.setVisible(words == NO_MAP)
        self.timeline.setVisible(words == NO_MAP)

    def report(self, done: int, total: int, words: str) -> None:
        """Show how far a map is."""
        self._strip.show()
        self.progress.report(done, total, words)

    def finish(self) -> None:
        """Show no progress any more."""
        self.progress.finish()
        self._strip.hide()

    def _lay_out(self) -> None:
        self._strip.body.setContentsMargins(16, 0, 16, 10)
        self._strip.body.addWidget(self.progress)
        self._strip.hide()
        for page in (self.map, *self._empty.values()):
            self._pages.addWidget(page)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.messages)
        self.body.addWidget(self._strip)
        self.body.addWidget(SplitLine())
        self.body.addWidget(self._pages, 1)
        self.body.addWidget(SplitLine())
        self.body.addWidget(self.timeline)
