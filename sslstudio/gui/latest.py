"""Work that is asked for faster than it can be done: only the latest wish is fulfilled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from sslstudio.gui.jobs import Job, Jobs

PAUSE_MS = 60
"""Wishes that follow each other faster than this, as in a slider's drag, become one."""


class LatestOnly(QObject):
    """Runs one wish at a time off the window's thread; a newer one replaces those that wait.

    Signals:
        done: the result of a wish.
        failed: its StudioError instead.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._name = name
        self._waiting: Callable[[], Any] | None = None
        self._job: Job | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._begin)

    @property
    def is_busy(self) -> bool:
        """True while a wish waits or is being fulfilled."""
        return self._waiting is not None or self._job is not None

    def ask(self, work: Callable[[], Any]) -> None:
        """Do this soon, and nothing that was asked before."""
        self._waiting = work
        # A wish under way is not cut short: in a long drag nothing would ever be seen.
        if self._job is None:
            self._pause.start()

    def _begin(self) -> None:
        work, self._waiting = self._waiting, None
        if work is None:
            return
        self._job = self._jobs.start(lambda _progress, _cancelled: work(), self._name)
        self._job.done.connect(self.done)
        self._job.failed.connect(self.failed)
        self._job.finished.connect(self._finished)

    def _finished(self) -> None:
        self._job = None
        if self._waiting is not None:
            self._pause.start()
