"""The only place where events of a run become a Qt signal."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

FRAME_MS = 33
"""Time between two looks into the queue: 30 batches a second at most, whatever is produced."""


class EventPump(QObject):
    """Empties a queue on a timer and hands over what it found as one list.

    Signals:
        batch: the events since the last batch, oldest first; never an empty list.
    """

    batch = Signal(object)

    def __init__(
        self, queue: SimpleQueue[Any], parent: QObject | None = None, interval_ms: int = FRAME_MS
    ) -> None:
        super().__init__(parent)
        self._queue = queue
        self._timer = QTimer(self)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.drain)

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""
        return self._timer.isActive()

    def start(self) -> None:
        """Look into the queue from now on."""
        self._timer.start()

    def stop(self) -> None:
        """Hand over what is left and look no more."""
        self._timer.stop()
        self.drain()

    def drain(self) -> None:
        """Hand over everything that waits now."""
        events = []
        # Only what is there now: a producer faster than this loop must not hold the window.
        for _ in range(self._queue.qsize()):
            try:
                events.append(self._queue.get_nowait())
            except Empty:
                break
        if events:
            self.batch.emit(events)
