"""Puts colours on a map: by class, split or known factor at once, by loss once it is measured."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QObject, Signal

from sslstudio.gui.class_palette import CLASS_COLOURS
from sslstudio.gui.explore.colouring import Colouring, by_angle, by_class, by_value
from sslstudio.gui.explore.map_surface import MapSurface
from sslstudio.gui.explore.source import Embedded, ExploreSource, ImageLosses, Part
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress
from sslstudio.services.datasets.factors import Factor

CLASS, SPLIT, LOSS = "class", "split", "loss"
"""Modes that every run has; the others are the titles of known factors."""
SPLIT_NAMES = ("training", "held-out")
REMEMBERED = 4


class MapColours(QObject):
    """Colours a map by a mode; asks the run for the losses of single images where it must.

    Signals:
        progressed: done, total and words, while losses are measured.
        painted: the map has the colours that were asked for.
        failed: a StudioError; the colours stay as they were.
    """

    progressed = Signal(int, int, str)
    painted = Signal()
    failed = Signal(object)

    def __init__(self, surface: MapSurface, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._surface = surface
        self._jobs = jobs
        self._source: ExploreSource | None = None
        self._factors: dict[str, Factor] = {}
        self._losses: OrderedDict[tuple[int, Part], ImageLosses] = OrderedDict()
        self._job: Job | None = None

    @property
    def is_busy(self) -> bool:
        """True while losses are measured."""
        return self._job is not None

    def set_source(self, source: ExploreSource | None) -> None:
        """Colour the maps of another run."""
        self.stop()
        self._losses.clear()
        self._source = source
        self._factors = {} if source is None else {f.title: f for f in source.factors()}

    def modes(self) -> tuple[str, ...]:
        """Return what the points can be coloured by, the one to begin with first."""
        return (CLASS, SPLIT, LOSS, *self._factors)

    def paint(self, embedded: Embedded, at: tuple[int, Part], mode: str) -> None:
        """Colour the map of these embeddings, which are of a part of the images at a step."""
        self.stop()
        if mode != LOSS:
            self._put_on(self._at_once(embedded, mode))
        elif at in self._losses:
            losses = self._losses[at]
            self._put_on(by_value(losses.values, losses.label))
        elif self._source is not None:
            work = partial(_measure, self._source, at)
            self._job = self._jobs.start(work, "Measuring single images")
            self._job.progressed.connect(partial(self._report, self._job))
            self._job.done.connect(partial(self._take, self._job, at))
            self._job.failed.connect(partial(self._fail, self._job))

    def stop(self) -> None:
        """Measure no further."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _at_once(self, embedded: Embedded, mode: str) -> Colouring:
        table = embedded.table
        if mode == SPLIT:
            return by_class(table.split, SPLIT_NAMES, CLASS_COLOURS)
        factor = self._factors.get(mode)
        if factor is None:
            return by_class(table.labels, table.class_names, CLASS_COLOURS)
        values = factor.values[embedded.images]
        if factor.names:
            return by_class(values, factor.names, factor.colours or CLASS_COLOURS)
        colour = by_angle if factor.is_cyclic else by_value
        return colour(values, factor.title)

    def _put_on(self, colouring: Colouring) -> None:
        self._surface.set_colouring(colouring)
        self.painted.emit()

    def _report(self, job: Job, done: int, total: int, words: str) -> None:
        if job is self._job:
            self.progressed.emit(done, total, words)

    def _take(self, job: Job, at: tuple[int, Part], losses: ImageLosses) -> None:
        if job is not self._job:
            return
        self._job = None
        self._losses[at] = losses
        if len(self._losses) > REMEMBERED:
            self._losses.popitem(last=False)
        self._put_on(by_value(losses.values, losses.label))

    def _fail(self, job: Job, error: Exception) -> None:
        if job is self._job:
            self._job = None
            self.failed.emit(error)


def _measure(
    source: ExploreSource, at: tuple[int, Part], progress: Progress, cancelled: Cancelled
) -> ImageLosses:
    return source.losses(*at, progress, cancelled)
