"""Progress of long work, in words, with the time left and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from sslstudio.gui.jobs import Job
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.text import ElidedLabel, text_label

STEPS = 1000
# Shorter histories give guesses that jump about.
SECONDS_BEFORE_A_GUESS = 1.0


def time_left_words(seconds: float) -> str:
    """Return a duration as a person says it: `20 s left`, `5 min 54 s left`, `2 h 5 min left`."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s left"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s left"
    return f"{whole // 3600} h {whole % 3600 // 60} min left"


class ProgressStrip(QFrame):
    """Words, bar, time left and a Stop button; hidden until the first report.

    Signals:
        stopped: the user asked for an end.
    """

    stopped = Signal()

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._began: tuple[float, int] | None = None
        self._words = ElidedLabel("", "body")
        self._left = text_label("", "value")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._stop = Button("Stop", tooltip="Stop this work; what is finished stays")
        self._stop.clicked.connect(self.stopped)
        self._lay_out()
        self.hide()

    def report(self, done: int, total: int, words: str) -> None:
        """Show how far the work is; a total of 0 means nobody knows."""
        now = self._clock()
        if self._began is None or done < self._began[1]:
            self._began = (now, done)
        self._words.set_text(words)
        if total > 0:
            self._bar.setRange(0, STEPS)
            self._bar.setValue(round(done / total * STEPS))
        else:
            self._bar.setRange(0, 0)
        self._left.setText(self._time_left(now, done, total))
        self.show()

    def words(self) -> str:
        """Return what is shown, with the time left if there is a guess."""
        return ", ".join(part for part in (self._words.text(), self._left.text()) if part)

    def finish(self) -> None:
        """Hide and forget the pace."""
        self._began = None
        self.hide()

    def watch(self, job: Job, words: str) -> None:
        """Show a job from now until it finishes; Stop cancels it."""
        self.finish()
        self.report(0, 0, words)
        job.progressed.connect(self.report)
        job.finished.connect(self.finish)
        self.stopped.connect(job.cancel)

    def _time_left(self, now: float, done: int, total: int) -> str:
        if self._began is None or total <= 0:
            return ""
        seconds, units = now - self._began[0], done - self._began[1]
        if seconds < SECONDS_BEFORE_A_GUESS or units <= 0 or done >= total:
            return ""
        return time_left_words((total - done) * seconds / units)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._words, 1)
        top.addWidget(self._left)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addLayout(top)
        left.addWidget(self._bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(left, 1)
        layout.addWidget(self._stop)
