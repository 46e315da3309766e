"""Faults of the program itself: told in the message bar, and the window goes on.

pyqtgraph puts its own hooks in place when it is imported, so `install` belongs after that import
(DESIGN, traps).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from sslstudio.gui.bridge import EventPump

LOOK_MS = 250
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


class FaultReporter(QObject):
    """Catches exceptions that nobody else did, in the window's thread and in others.

    Signals:
        faulted: the exception; always emitted on the window's thread.
    """

    faulted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._faults: SimpleQueue[BaseException] = SimpleQueue()
        self._pump = EventPump(self._faults, self, LOOK_MS)
        self._pump.batch.connect(self._tell)
        self._before: tuple[Hook, Callable[[threading.ExceptHookArgs], object]] | None = None

    def install(self) -> None:
        """Catch faults from now on; they still reach standard error as well."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._caught
        threading.excepthook = self._caught_in_thread
        self._pump.start()

    def restore(self) -> None:
        """Put the former hooks back."""
        if self._before is not None:
            sys.excepthook, threading.excepthook = self._before
            self._before = None
        self._pump.stop()

    def _caught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        sys.__excepthook__(kind, error, trace)
        if issubclass(kind, Exception):
            self._faults.put(error.with_traceback(trace))

    def _caught_in_thread(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None:
            self._caught(caught.exc_type, caught.exc_value, caught.exc_traceback)

    def _tell(self, errors: list[BaseException]) -> None:
        for error in errors:
            self.faulted.emit(error)
