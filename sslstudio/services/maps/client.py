"""Maps for the rest of the program: starts the worker process, talks to it, replaces it."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sslstudio.domain.errors import CancelledError, DataError, StudioError
from sslstudio.services.maps.process import WorkerProcess
from sslstudio.services.maps.protocol import Message
from sslstudio.services.maps.settings import MapResult, MapSettings, as_json, checked

Progress = Callable[[float, str, np.ndarray | None], None]
"""Takes the share done, 0 to 1, words, and the unfinished layout (n, 2) if there is one."""

FEWEST_POINTS = 5
SECONDS_BETWEEN_LOOKS = 0.05


class MapService:
    """Computes maps in one helper process, started when first needed and again if it dies.

    Make it on a thread of normal priority: the helper inherits the maker's, not the caller's.
    """

    def __init__(self) -> None:
        # On Linux a process starts with the priority of the thread that starts it, and jobs run on
        # threads of the lowest; a helper started by one of them would starve beside a training run.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="map helper")
        self._starter.submit(os.getpid).result()
        self._guard = threading.Lock()
        self._process: WorkerProcess | None = None
        self._jobs = itertools.count(1)

    @property
    def worker_pid(self) -> int | None:
        """The helper's process number; None while there is none."""
        return self._process.pid if self._process is not None else None

    def warm(self) -> None:
        """Have the helper get UMAP ready; returns at once, and again costs nothing."""
        self._running().send(Message("warm"))

    def compute(
        self,
        vectors: np.ndarray,
        settings: MapSettings,
        *,
        progress: Progress,
        cancelled: Callable[[], bool],
        start: np.ndarray | None = None,
    ) -> MapResult:
        """Return the map of `vectors` (n, d); blocks, so call it on a thread of its own.

        `start` (n, 2) is an earlier map of the same images that this one should resemble. Raises
        CancelledError as soon as `cancelled` is true, StudioError if no map can be made.
        """
        arrays = (_usable(vectors), *(() if start is None else (start,)))
        request = Message("compute", next(self._jobs), as_json(checked(settings)), arrays)
        process = self._running()
        answers = process.begin(request)
        try:
            while True:
                if cancelled():
                    process.send(Message("cancel", request.job))
                    raise CancelledError("The map was stopped.")
                result = _result_of(answers, settings, progress)
                if result is not None:
                    return result
        finally:
            process.end(request.job)

    def close(self) -> None:
        """End the helper process for good; a map that is being computed fails."""
        with self._guard:
            process, self._process = self._process, None
        if process is not None:
            process.close()
        self._starter.shutdown()

    def _running(self) -> WorkerProcess:
        with self._guard:
            if self._process is None or not self._process.is_alive:
                if self._process is not None:
                    self._process.close()
                self._process = self._starter.submit(WorkerProcess).result()
            return self._process


def _usable(vectors: np.ndarray) -> np.ndarray:
    if vectors.ndim != 2 or len(vectors) < FEWEST_POINTS:
        raise DataError(
            f"A map needs at least {FEWEST_POINTS} embedded images; there are {len(vectors)}.",
            "Choose a data set or a part of it with more images.",
        )
    bad = int((~np.isfinite(vectors).all(axis=1)).sum())
    if bad:
        raise DataError(
            f"{bad:,} of {len(vectors):,} embeddings hold values that are not numbers.",
            "Training has diverged at this checkpoint; choose an earlier one.",
        )
    return vectors


def _result_of(
    answers: queue.SimpleQueue[Message], settings: MapSettings, progress: Progress
) -> MapResult | None:
    """Handle the next answer, if one comes soon; return the map once it is there."""
    try:
        answer = answers.get(timeout=SECONDS_BETWEEN_LOOKS)
    except queue.Empty:
        return None
    if answer.kind == "progress":
        layout = answer.arrays[0] if answer.arrays else None
        progress(answer.value("share"), answer.value("words"), layout)
        return None
    if answer.kind == "result":
        return MapResult(
            points=answer.arrays[0],
            trustworthiness=answer.value("trustworthiness"),
            neighbours_kept=answer.value("neighbours_kept"),
            seconds=answer.value("seconds"),
            method=settings.method,
        )
    raise StudioError(answer.value("message"), answer.value("hint"))
