"""The worker as a child process: its pipes, its answers, and what it said when it died."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from typing import IO, BinaryIO, cast

from sslstudio.services.maps.protocol import Message, read_message, write_message

COMMAND = (sys.executable, "-P", "-m", "sslstudio.services.maps.worker")
SECONDS_TO_END = 2.0
KILLED = -9


class WorkerProcess:
    """One running worker, whose answers are sorted by job into queues."""

    def __init__(self) -> None:
        self._said = _scratch_file()
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            # Threads that wait for work sleep, because a training run may need the cores.
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
            creationflags=_creation_flags(),
        )
        self._incoming = cast(BinaryIO, self._process.stdout)
        self._outgoing = cast(BinaryIO, self._process.stdin)
        self._sending = threading.Lock()
        self._answers: dict[int, queue.SimpleQueue[Message]] = {}
        self._reader = threading.Thread(target=self._sort, name="map answers", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the worker still runs."""
        return self._process.poll() is None

    def begin(self, message: Message) -> queue.SimpleQueue[Message]:
        """Send the request that starts a job; return the queue that its answers arrive in."""
        answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._answers[message.job] = answers
        self.send(message)
        return answers

    def end(self, job: int) -> None:
        """Stop listening to a job; what still arrives for it is dropped."""
        self._answers.pop(job, None)

    def send(self, message: Message) -> None:
        """Send a message; if the worker has died, the job it belongs to is told."""
        try:
            with self._sending:
                write_message(self._outgoing, message)
        except (OSError, ValueError):
            self._tell(message.job, self._obituary())

    def close(self) -> None:
        """End the worker, by force if it does not end by itself."""
        with self._sending, contextlib.suppress(OSError):
            self._outgoing.close()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._incoming.close()
        self._said.close()

    def _sort(self) -> None:
        while (answer := read_message(self._incoming)) is not None:
            self._tell(answer.job, answer)
        obituary = self._obituary()
        for job in list(self._answers):
            self._tell(job, obituary)

    def _tell(self, job: int, answer: Message) -> None:
        answers = self._answers.get(job)
        if answers is not None:
            answers.put(answer)

    def _obituary(self) -> Message:
        """Return the refusal that the jobs of a dead worker get."""
        code = self._process.wait()
        reason = "the system may have run out of memory" if code == KILLED else self._last_words()
        message = "The process that computes maps ended before the map was ready."
        hint = f"Try again: it starts afresh. Cause: {reason}."
        return Message("refused", values={"message": message, "hint": hint})

    def _last_words(self) -> str:
        try:
            self._said.seek(0)
            lines = self._said.read().decode(errors="replace").split("\n")
        except ValueError:
            return "the program was closed"
        spoken = [line.strip() for line in lines if line.strip()]
        return spoken[-1].rstrip(".") if spoken else f"exit status {self._process.returncode}"


def _scratch_file() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return 0
