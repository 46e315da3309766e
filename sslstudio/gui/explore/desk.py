"""Gets embeddings and maps for the Explore page, one job at a time, off the window's thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from sslstudio.gui.explore.source import Embedded, ExploreSource, MapKey, Part
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress
from sslstudio.services.maps.client import MapService
from sslstudio.services.maps.settings import MapResult

STEPS = 1000
REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class Mapped:
    """A map with the embeddings it shows; both are None if it has never been computed."""

    key: MapKey
    embedded: Embedded | None
    result: MapResult | None


@dataclass(slots=True)
class _Sketch:
    """Where the job's thread leaves the newest unfinished layout for the window's."""

    embedded: Embedded | None = None
    layout: np.ndarray | None = None


class MapDesk(QObject):
    """Answers each request with `mapped` or `failed`, unless it is stopped or another follows.

    Signals:
        progressed: done, total and words.
        sketched: embeddings and unfinished layout (n, 2).
        mapped: a `Mapped`.
        failed: a StudioError.
    """

    progressed = Signal(int, int, str)
    sketched = Signal(object, object)
    mapped = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, maps: MapService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._maps = maps
        self._source: ExploreSource | None = None
        self._job: Job | None = None
        self._sketch = _Sketch()
        self._known: OrderedDict[tuple[int, Part], Embedded] = OrderedDict()

    @property
    def is_busy(self) -> bool:
        """True while a request is not answered."""
        return self._job is not None

    def set_source(self, source: ExploreSource | None) -> None:
        """Serve another run; what was going on for the old one is dropped."""
        self.stop()
        self._known.clear()
        self._source = source

    def warm(self) -> None:
        """Get the helper process ready before a map is asked for."""
        self._maps.warm()

    def request(self, key: MapKey, *, compute: bool, start: np.ndarray | None = None) -> None:
        """Ask for a map: from disk, and else computed if `compute` is set.

        `start` (n, 2) is a map of the same images at another checkpoint to begin from.
        """
        if self._source is None:
            return
        self.stop()
        self._sketch = _Sketch()
        work = _MapWork(self._source, self._maps, key, self._known.get((key.step, key.part)))
        run = partial(work.run, compute=compute, start=start, sketch=self._sketch)
        self._job = self._jobs.start(run, f"The map of step {key.step:,}")
        self._job.progressed.connect(partial(self._report, self._job))
        self._job.done.connect(partial(self._finish, self._job))
        self._job.failed.connect(partial(self._fail, self._job))

    def stop(self) -> None:
        """End the request that is going on."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _report(self, job: Job, done: int, total: int, words: str) -> None:
        if job is not self._job:
            return
        self.progressed.emit(done, total, words)
        layout, self._sketch.layout = self._sketch.layout, None
        if layout is not None:
            self.sketched.emit(self._sketch.embedded, layout)

    def _finish(self, job: Job, mapped: Mapped) -> None:
        if job is not self._job:
            return
        self._job = None
        if mapped.embedded is not None:
            self._known[mapped.key.step, mapped.key.part] = mapped.embedded
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self.mapped.emit(mapped)

    def _fail(self, job: Job, error: Exception) -> None:
        if job is self._job:
            self._job = None
            self.failed.emit(error)


@dataclass(frozen=True, slots=True)
class _MapWork:
    """What a job does for one request, on its own thread."""

    source: ExploreSource
    maps: MapService
    key: MapKey
    known: Embedded | None

    def run(
        self,
        progress: Progress,
        cancelled: Cancelled,
        *,
        compute: bool,
        start: np.ndarray | None,
        sketch: _Sketch,
    ) -> Mapped:
        """Return the map, or none if it is not on disk and not to be computed."""
        key = self.key
        result = self.source.cached_map(key)
        if result is None and not compute:
            return Mapped(key, None, None)
        embedded = self.known or self.source.embedding(key.step, key.part, progress, cancelled)
        if result is None:
            report = self._reporter(progress, embedded, sketch)
            result = self._compute(embedded, start, report, cancelled)
            self.source.store_map(key, result)
        return Mapped(key, embedded, result)

    def _compute(
        self,
        embedded: Embedded,
        start: np.ndarray | None,
        report: Callable[[float, str, np.ndarray | None], None],
        cancelled: Cancelled,
    ) -> MapResult:
        vectors = embedded.table.vectors
        fits = start is not None and len(start) == len(vectors)
        return self.maps.compute(
            vectors,
            self.key.settings,
            progress=report,
            cancelled=cancelled,
            start=start if fits else None,
        )

    def _reporter(
        self, progress: Progress, embedded: Embedded, sketch: _Sketch
    ) -> Callable[[float, str, np.ndarray | None], None]:
        def report(share: float, words: str, layout: np.ndarray | None) -> None:
            if layout is not None:
                sketch.embedded, sketch.layout = embedded, layout
            # Getting UMAP ready has no share to tell: the bar says only that something is going on.
            progress(round(share * STEPS), STEPS if share > 0 else 0, words)

        return report
