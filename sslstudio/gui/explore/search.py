"""Looks for the neighbours of an image, off the window's thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from sslstudio.gui.explore.source import Embedded, ExploreSource
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress
from sslstudio.services.retrieval import nearest

NEIGHBOURS = 8
# Pairs of images drawn at random, to know how alike two images are for no reason.
PAIRS = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """A query with its nearest embedded images, best first."""

    image: np.ndarray
    words: str
    indices: np.ndarray
    scores: np.ndarray
    label: int
    """The query's class; -1 if it is not known."""
    place: int = -1
    """Where the query itself stands among the embedded images; -1 if it came from elsewhere."""
    unfamiliar: bool = False
    """True if the nearest image is no nearer than two random ones are."""

    def judgement(self, embedded: Embedded) -> str:
        """Return what the classes of the neighbours say, in a sentence."""
        if self.unfamiliar:
            return "Even the nearest image is no nearer than two random ones: these are guesses."
        labels = embedded.table.labels[self.indices]
        count = len(labels)
        if self.label >= 0:
            shared = int((labels == self.label).sum())
            return f"{shared} of {count} neighbours share the class."
        known = labels[labels >= 0]
        if not len(known):
            return ""
        commonest = int(np.bincount(known).argmax())
        name = embedded.table.class_names[commonest]
        return f"{int((known == commonest).sum())} of {count} neighbours are labelled {name}."


class NeighbourSearch(QObject):
    """Answers each question with `found` or `failed`; a new question ends the old one.

    Signals:
        found: a `Found`.
        failed: a StudioError.
    """

    found = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None

    def ask(self, embedded: Embedded, place: int, images: np.ndarray) -> None:
        """Look for the neighbours of an embedded image."""
        self._start(partial(_among_embedded, embedded, place, images))

    def ask_for(
        self, source: ExploreSource, embedded: Embedded, step: int, given: Path | bytes
    ) -> None:
        """Look for what is most alike to an image from elsewhere."""
        self._start(partial(_from_elsewhere, source, embedded, step, given))

    def drop(self) -> None:
        """Ask no more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _start(self, look: partial[Found]) -> None:
        self.drop()

        def work(_progress: Progress, _cancelled: Cancelled) -> Found:
            return look()

        self._job = self._jobs.start(work, "The search for neighbours")
        self._job.done.connect(self.found)
        self._job.failed.connect(self.failed)


def _among_embedded(embedded: Embedded, place: int, images: np.ndarray) -> Found:
    vectors = embedded.table.vectors
    indices, scores = nearest(vectors[place], vectors, NEIGHBOURS, exclude=place)
    label = int(embedded.table.labels[place])
    number = int(embedded.images[place])
    words = f"no. {number:,}"
    if label >= 0:
        words = f"{embedded.table.class_names[label]}, {words}"
    return Found(images[number], words, indices, scores, label, place)


def _from_elsewhere(
    source: ExploreSource, embedded: Embedded, step: int, given: Path | bytes
) -> Found:
    query = source.embed_query(step, given)
    vectors = embedded.table.vectors
    indices, scores = nearest(query.vector, vectors, NEIGHBOURS)
    words = given.name if isinstance(given, Path) else "pasted image"
    unfamiliar = bool(scores[0] <= _alike_by_chance(vectors))
    return Found(query.image, words, indices, scores, -1, unfamiliar=unfamiliar)


def _alike_by_chance(vectors: np.ndarray) -> float:
    """Return the median cosine similarity of random pairs."""
    pairs = np.random.default_rng(0).integers(0, len(vectors), size=(2, PAIRS))
    return float(np.median((vectors[pairs[0]] * vectors[pairs[1]]).sum(axis=1)))
