"""Work that takes longer than a frame, off the window's thread, with progress and a way out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, Signal

from sslstudio.domain.errors import CancelledError, StudioError, memory_error
from sslstudio.gui.bridge import EventPump
from sslstudio.gui.priority import lower_this_thread

Progress = Callable[[int, int, str], None]
Cancelled = Callable[[], bool]
Work = Callable[[Progress, Cancelled], Any]


class UnexpectedError(StudioError):
    """A fault of the program itself, with the exception that showed it as its cause."""


@dataclass(frozen=True, slots=True)
class _Progressed:
    done: int
    total: int
    words: str


@dataclass(frozen=True, slots=True)
class _Done:
    result: Any


@dataclass(frozen=True, slots=True)
class _Failed:
    error: StudioError


class Job(QObject):
    """One piece of work on its own thread; every signal arrives on the window's thread.

    Signals:
        progressed: done, total (0 if unknown) and words for a person.
        done: the result; not emitted after `cancel`.
        failed: a StudioError; not emitted after `cancel`.
        finished: the last signal, in every case.
    """

    progressed = Signal(int, int, str)
    done = Signal(object)
    failed = Signal(object)
    finished = Signal()

    def __init__(self, work: Work, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._work = work
        self._cancel = threading.Event()
        self._reports: SimpleQueue[_Progressed | _Done | _Failed] = SimpleQueue()
        self._pump = EventPump(self._reports, self)
        self._pump.batch.connect(self._deliver)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_running(self) -> bool:
        """True until the last report has been delivered."""
        return self._pump.is_running

    @property
    def is_cancelled(self) -> bool:
        """True once somebody asked for a stop."""
        return self._cancel.is_set()

    def start(self) -> None:
        """Begin the work."""
        self._pump.start()
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop at its next look; its result is dropped."""
        self._cancel.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread and deliver what it left; return True if it has ended."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            return False
        self._pump.stop()
        return True

    def _run(self) -> None:
        lower_this_thread()
        try:
            report: _Done | _Failed = _Done(self._work(self._note, self._cancel.is_set))
        except StudioError as error:
            report = _Failed(error)
        except Exception as error:
            report = _Failed(memory_error(error) or _wrapped(error, self.name))
        self._reports.put(report)

    def _note(self, done: int, total: int, words: str) -> None:
        self._reports.put(_Progressed(done, total, words))

    def _deliver(self, reports: list[_Progressed | _Done | _Failed]) -> None:
        latest = next((r for r in reversed(reports) if isinstance(r, _Progressed)), None)
        if latest is not None and not self.is_cancelled:
            self.progressed.emit(latest.done, latest.total, latest.words)
        if not isinstance(reports[-1], _Progressed):
            self._finish(reports[-1])

    def _finish(self, report: _Done | _Failed) -> None:
        self._pump.stop()
        if not self.is_cancelled:
            match report:
                case _Done(result):
                    self.done.emit(result)
                case _Failed(error) if not isinstance(error, CancelledError):
                    self.failed.emit(error)
                case _:
                    self.cancel()
        self.finished.emit()


class Jobs(QObject):
    """Starts jobs, ends those that still run when the window closes, and begins no more then."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Job] = []
        self._closed = False

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs that have not finished."""
        return tuple(self._running)

    def start(self, work: Work, name: str) -> Job:
        """Begin a piece of work; connect to the job's signals before the event loop turns.

        After `shutdown` the job is a cancelled one that never begins.
        """
        job = Job(work, name, self)
        if self._closed:
            # A timer or another job's end may still ask for work; a thread that computes in torch
            # while Python ends would abort the process.
            job.cancel()
            return job
        self._running.append(job)
        # A bound method, not a lambda: a lambda would keep this object alive from within a child
        # of its own, and the two would delete each other (the interpreter dies of that).
        job.finished.connect(self._drop_finished)
        job.start()
        return job

    def shutdown(self, seconds: float = 5.0) -> bool:
        """Cancel and wait for all jobs; return True if every thread has ended in time."""
        self._closed = True
        for job in self.running:
            job.cancel()
        ended = [job.join(seconds) for job in self.running]
        return all(ended)

    def _drop_finished(self) -> None:
        for job in self.running:
            if not job.is_running:
                self._running.remove(job)
                job.deleteLater()


def _wrapped(error: Exception, name: str) -> UnexpectedError:
    wrapped = UnexpectedError(
        f"{name} stopped because of a fault in the program: {error}.",
        "Copy the report and send it to the makers; the rest of the window still works.",
    )
    wrapped.__cause__ = error
    return wrapped
