"""Answers which images are most alike to one of the map, of a gallery or from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from sslstudio.domain.errors import StudioError
from sslstudio.gui.explore.map_view import MapView
from sslstudio.gui.explore.neighbours import NeighboursPanel
from sslstudio.gui.explore.search import Found, NeighbourSearch
from sslstudio.gui.explore.source import Embedded, ExploreSource
from sslstudio.gui.jobs import Jobs


@dataclass(frozen=True, slots=True)
class _Searched:
    """What is searched: a run's embeddings at a step."""

    source: ExploreSource
    embedded: Embedded
    step: int


class NeighbourDesk(QObject):
    """Ties the map's current point, the panel and the search together."""

    def __init__(self, view: MapView, panel: NeighboursPanel, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self.search = NeighbourSearch(jobs, self)
        self._view = view
        self._panel = panel
        self._searched: _Searched | None = None
        view.picked.connect(self.ask)
        panel.activated.connect(self.go_to)
        panel.image_given.connect(self._ask_for_image)
        self.search.found.connect(self._show)
        self.search.failed.connect(self._fail)

    def take(
        self, source: ExploreSource | None, embedded: Embedded | None, step: int | None
    ) -> None:
        """Search other embeddings; what was found stays while the map has a current point."""
        if source is None or embedded is None or step is None:
            self._searched = None
        else:
            self._searched = _Searched(source, embedded, step)
        if self._view.current() < 0:
            self.search.drop()
            self._view.set_marked(np.zeros(0, dtype=np.int64))
            images = np.zeros((0, 3, 1, 1), np.uint8) if source is None else source.images()
            self._panel.show_found(None, embedded, images)

    def go_to(self, place: int) -> None:
        """Make an image that was chosen in a gallery the current one."""
        self._view.set_current(place)
        self.ask(place)

    def ask(self, place: int) -> None:
        """Look for the neighbours of an embedded image."""
        if self._searched is not None:
            self.search.ask(self._searched.embedded, place, self._searched.source.images())

    def _ask_for_image(self, given: Path | bytes) -> None:
        searched = self._searched
        if searched is None:
            self._panel.show_problem("Compute a map first: it embeds the images.")
        else:
            self._view.set_current(-1)
            self.search.ask_for(searched.source, searched.embedded, searched.step, given)

    def _show(self, found: Found) -> None:
        searched = self._searched
        if searched is not None:
            self._panel.show_found(found, searched.embedded, searched.source.images())
            self._view.set_marked(found.indices)

    def _fail(self, error: StudioError) -> None:
        self._panel.show_problem(str(error))
