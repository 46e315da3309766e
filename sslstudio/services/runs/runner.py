"""Training on a thread of its own: pause, resume, stop and live edits from outside."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator

from sslstudio.domain.events import Event
from sslstudio.engine.plan import Edit

BACKGROUND_NICENESS = 10
"""On Linux a thread has a priority of its own; the window's thread keeps the normal one."""


class RunControl:
    """What the user wants, read by the training loop at the borders of its steps."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._edits: list[Edit] = []
        self._stopping = False
        self._paused = False

    def poll(self) -> tuple[bool, tuple[Edit, ...]]:
        """Return (stop?, edits to apply); blocks while training is paused."""
        with self._condition:
            while self._paused and not self._stopping:
                self._condition.wait()
            edits, self._edits = tuple(self._edits), []
            return self._stopping, edits

    def pause(self) -> None:
        """Hold training at the next border."""
        with self._condition:
            self._paused = True

    def go_on(self) -> None:
        """Let a paused training go on."""
        with self._condition:
            self._paused = False
            self._condition.notify_all()

    def stop(self) -> None:
        """End training at the next border, with a checkpoint."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()

    def edit(self, path: str, value: object) -> None:
        """Change a live value of the recipe at the next border."""
        with self._condition:
            self._edits.append(Edit(path, value))

    @property
    def paused(self) -> bool:
        """True between `pause` and `go_on`."""
        with self._condition:
            return self._paused


class ThreadRunner:
    """Iterates a run's events on one thread named `train` and puts them into a queue."""

    def __init__(self, events: Callable[[], Iterator[Event]], control: RunControl) -> None:
        self.queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.control = control
        self._events = events
        self._thread = threading.Thread(target=self._work, name="train", daemon=True)

    def start(self) -> None:
        """Begin training."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """True until the last event is in the queue."""
        return self._thread.is_alive()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread to end and return whether it did."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        lower_thread_priority()
        for event in self._events():
            self.queue.put(event)


def lower_thread_priority() -> None:
    """Let the calling thread, and the workers it starts, give way to the window's thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)
