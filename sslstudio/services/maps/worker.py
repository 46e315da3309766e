"""The process that computes maps: `python -m sslstudio.services.maps.worker`, spoken to by pipe.

UMAP works in a lane of its own, because numba aborts the process when two threads enter it; the
other methods need not wait while UMAP compiles.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from sslstudio.domain.errors import CancelledError, StudioError
from sslstudio.services.maps.neighbour_graph import unit_length
from sslstudio.services.maps.projections import Reporter, project, warm_umap
from sslstudio.services.maps.protocol import Message, read_message, write_message
from sslstudio.services.maps.quality import map_quality
from sslstudio.services.maps.settings import UmapSettings, from_json

# Below the window and a training run, without starving beside one that uses every core.
NICENESS = 5
SECONDS_BETWEEN_LOOKS = 1.0


class Worker:
    """Reads requests until the other side is gone; answers each with progress and one result."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._writing = threading.Lock()
        self._lanes: dict[str, queue.SimpleQueue[Callable[[], None]]] = {}
        self._cancelled: set[int] = set()
        self._warmth = ""

    def run(self) -> None:
        """Serve requests; return when the pipe ends, even if a map is being computed."""
        while (message := read_message(self._incoming)) is not None:
            if message.kind == "warm":
                self._lane("umap").put(self._warm)
            elif message.kind == "cancel":
                self._cancelled.add(message.job)
            else:
                self._accept(message)

    def _accept(self, message: Message) -> None:
        uses_numba = message.value("method") == UmapSettings.method
        if uses_numba and self._warmth != "warm":
            self._answer("progress", message.job, share=0.0, words="Getting UMAP ready")
        lane = self._lane("umap" if uses_numba else "plain")
        lane.put(lambda: self._compute(message))

    def _lane(self, name: str) -> queue.SimpleQueue[Callable[[], None]]:
        if name not in self._lanes:
            self._lanes[name] = queue.SimpleQueue()
            threading.Thread(target=self._work, args=(name,), name=name, daemon=True).start()
        return self._lanes[name]

    def _work(self, lane: str) -> None:
        while True:
            self._lanes[lane].get()()

    def _warm(self) -> None:
        if self._warmth != "warm":
            warm_umap()
            self._warmth = "warm"
        self._answer("warmed", 0)

    def _compute(self, message: Message) -> None:
        try:
            self._answer_with_map(message)
        except CancelledError:
            self._answer("cancelled", message.job)
        except StudioError as error:
            self._answer("refused", message.job, message=error.message, hint=error.hint)
        finally:
            self._cancelled.discard(message.job)

    def _answer_with_map(self, message: Message) -> None:
        def send(share: float, words: str, layout: np.ndarray | None) -> None:
            self._answer("progress", message.job, layout, share=share, words=words)

        began = time.monotonic()
        report = Reporter(send, lambda: message.job in self._cancelled)
        settings = from_json(message.values or {})
        vectors = unit_length(message.arrays[0])
        start = message.arrays[1] if len(message.arrays) > 1 else None
        points = project(vectors, settings, start, report)
        if isinstance(settings, UmapSettings):
            self._warmth = "warm"
        report(0.96, "Measuring how far the map can be trusted", points)
        trustworthiness, kept = map_quality(vectors, points)
        self._answer(
            "result",
            message.job,
            points,
            trustworthiness=trustworthiness,
            neighbours_kept=kept,
            seconds=time.monotonic() - began,
        )

    def _answer(
        self, kind: str, job: int, array: np.ndarray | None = None, **values: float | str
    ) -> None:
        arrays = () if array is None else (array,)
        try:
            with self._writing:
                write_message(self._outgoing, Message(kind, job, dict(values), arrays))
        except BrokenPipeError:
            os._exit(0)


def main() -> None:
    """Serve the process that started this one, and end with it."""
    # Only messages may reach the pipe: whatever a library prints goes to standard error instead.
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.excepthook = _end_with_traceback
    if sys.platform != "win32":
        os.nice(NICENESS)
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    Worker(incoming, outgoing).run()
    # Without waiting for a lane: nobody is left to take its result.
    os._exit(0)


def _end_with_parent(parent: int) -> None:
    # The pipe ends with the parent, unless one of its forks still holds the other end open.
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(0)


def _end_with_traceback(failure: threading.ExceptHookArgs) -> None:
    traceback.print_exception(failure.exc_type, failure.exc_value, failure.exc_traceback)
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    main()
