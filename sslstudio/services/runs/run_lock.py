"""Who trains a run: one process at a time, told by a lock that its death lets go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from sslstudio.domain.errors import RunError
from sslstudio.services.files import disk_errors

PATIENCE_SECONDS = 0.3
"""How long training waits for those who only look whether a crash left the run behind."""


class RunLock:
    """The lock of a run folder, and a file beside it that says that its holder trains.

    The lock alone could not tell the trainer from another who looks at the same moment: on a busy
    machine a thread may hold it for longer than anyone would wait.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._file = run / "lock"
        self._trainer = run / "trainer"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Train under the lock; RunError if another process does."""
        lock = filelock.FileLock(self._file)
        try:
            lock.acquire(timeout=PATIENCE_SECONDS, poll_interval=0.01)
        except filelock.Timeout as error:
            raise RunError(
                f"{self._run} is being trained by another process.",
                "Wait, or end it with `sslstudio stop`.",
            ) from error
        try:
            with disk_errors(self._trainer):
                self._trainer.write_text(f"{os.getpid()}\n", encoding="ascii")
            yield
        finally:
            self._forget_trainer()
            lock.release()

    def is_held(self) -> bool:
        """Return True while some process trains (a paused one does, a killed one does not)."""
        if not self._trainer.exists():
            return False
        lock = filelock.FileLock(self._file)
        try:
            # Only after a crash, until one of them has cleared up, can two who look meet here.
            lock.acquire(timeout=0.01, poll_interval=0.002)
        except (filelock.Timeout, OSError):
            return True
        self._forget_trainer()
        lock.release()
        return False

    def wait(self) -> None:
        """Return once no process trains."""
        with filelock.FileLock(self._file, poll_interval=0.1):
            return

    def _forget_trainer(self) -> None:
        # Where nothing can be written the lock alone has to do.
        with suppress(OSError):
            self._trainer.unlink(missing_ok=True)
