"""Training on a thread of its own: pause, resume, stop and live edits from outside."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from sslstudio.domain.errors import StudioError
from sslstudio.domain.events import Event, Finished
from sslstudio.engine.plan import Edit
from sslstudio.services.runs.control_file import ControlFile, Wish

LISTEN_SECONDS = 0.5
"""Between two looks for what other processes want; one look takes 10 microseconds."""
BACKGROUND_NICENESS = 10
"""On Linux a thread has a priority of its own; the window's thread keeps the normal one."""


class RunControl:
    """What the user wants, read by the training loop at the borders of its steps."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._edits: list[Edit] = []
        self._stopping = False
        self._paused = False
        self._others: ControlFile | None = None
        self._heard: Wish | None = None
        self._listened = 0.0

    @contextmanager
    def heeding(self, others: ControlFile) -> Iterator[None]:
        """Do what other processes leave in a run's control file, and tell them of a pause."""
        with self._condition:
            self._others, self._heard = others, None
        try:
            yield
        finally:
            with self._condition:
                self._others = None

    def poll(self) -> tuple[bool, tuple[Edit, ...]]:
        """Return (stop?, edits to apply); blocks while training is paused."""
        with self._condition:
            self._listen()
            while self._paused and not self._stopping:
                self._condition.wait(LISTEN_SECONDS)
                self._listen()
            edits, self._edits = tuple(self._edits), []
            return self._stopping, edits

    def pause(self) -> None:
        """Hold training at the next border."""
        self._become(paused=True)

    def go_on(self) -> None:
        """Let a paused training go on."""
        self._become(paused=False)

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
        """True between `pause` and `go_on`, wherever they came from."""
        with self._condition:
            return self._paused

    @property
    def stopping(self) -> bool:
        """True once somebody, here or elsewhere, wants training to end."""
        with self._condition:
            return self._stopping

    def _become(self, *, paused: bool) -> None:
        with self._condition:
            self._paused = paused
            if self._others is not None:
                self._tell(self._others, "pause" if paused else None)
            self._condition.notify_all()

    def _tell(self, others: ControlFile, wish: Wish | None) -> None:
        # Where nothing can be written the others do not see a pause; it holds all the same.
        with suppress(StudioError, OSError):
            others.write(wish)
            self._heard = wish

    def _listen(self) -> None:
        now = monotonic()
        if self._others is None or now - self._listened < LISTEN_SECONDS:
            return
        self._listened = now
        wish = self._others.read()
        # Only a change counts: a pause that could not be written is not lifted by its absence.
        if wish != self._heard:
            self._heard = wish
            self._paused = wish == "pause"
            self._stopping = self._stopping or wish == "stop"


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
        """True until the last event, `Finished`, is in the queue."""
        return self._thread.is_alive()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread to end and return whether it did."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        lower_thread_priority()
        last: Finished | None = None
        try:
            for event in self._events():
                if isinstance(event, Finished):
                    last = event
                else:
                    self.queue.put(event)
        finally:
            # Told only now: whoever hears it asks whether the run's lock has been let go.
            if last is not None:
                self.queue.put(last)


def lower_thread_priority() -> None:
    """Let the calling thread, and the workers it starts, give way to the window's thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)
