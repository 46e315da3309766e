"""Evaluates several runs one after the other, off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from sslstudio.gui.evaluate.source import EvaluationRow, EvaluationSource, RunChoice
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress

PARTS = 1000


class EvaluationQueue(QObject):
    """One run at a time; what is finished stays when the rest is stopped or fails.

    Signals:
        progressed: done, total and words, over all runs that were asked for.
        measured: the rows of a run that is finished.
        failed: a StudioError; the runs after the failed one go on.
        finished: nothing is left to do.
    """

    progressed = Signal(int, int, str)
    measured = Signal(object)
    failed = Signal(object)
    finished = Signal()

    def __init__(self, source: EvaluationSource, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._jobs = jobs
        self._waiting: list[RunChoice] = []
        self._protocol = ""
        self._total = 0
        self._job: Job | None = None

    @property
    def is_running(self) -> bool:
        """True from `start` until `finished`."""
        return self._job is not None

    def start(self, runs: Sequence[RunChoice], protocol: str) -> None:
        """Evaluate these runs by a protocol; ignored while others are being evaluated."""
        if self.is_running or not runs:
            return
        self._waiting = list(runs)
        self._total = len(runs)
        self._protocol = protocol
        self._next()

    def stop(self) -> None:
        """Give up what is not finished."""
        self._waiting = []
        if self._job is not None:
            self._job.cancel()

    def _next(self) -> None:
        run = self._waiting.pop(0)
        before = self._total - len(self._waiting) - 1
        protocol, source = self._protocol, self._source

        def work(progress: Progress, cancelled: Cancelled) -> Sequence[EvaluationRow]:
            def tell(share: float, words: str) -> None:
                done = round(PARTS * (before + min(1.0, max(0.0, share))))
                progress(done, PARTS * self._total, f"{run.name}: {words}")

            return source.evaluate(run.run_id, protocol, tell, cancelled)

        self.progressed.emit(PARTS * before, PARTS * self._total, f"{run.name}: getting ready")
        self._job = self._jobs.start(work, f"Evaluating {run.name}")
        self._job.progressed.connect(self.progressed)
        self._job.done.connect(self.measured)
        self._job.failed.connect(self.failed)
        self._job.finished.connect(self._go_on)

    def _go_on(self) -> None:
        self._job = None
        if self._waiting:
            self._next()
        else:
            self.finished.emit()
