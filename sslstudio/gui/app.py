"""Opens the window: a frame at once, its pages as soon as torch is loaded."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from sslstudio.gui.bridge import FRAME_MS
from sslstudio.gui.collecting import Collector, spare_what_stays
from sslstudio.gui.excepthook import FaultReporter
from sslstudio.gui.frame.window import Frame
from sslstudio.gui.jobs import Cancelled, Jobs, Progress
from sslstudio.gui.settings import user_settings
from sslstudio.gui.theme import Theme

if TYPE_CHECKING:
    from sslstudio.gui.studio.bench import Equipment

APPLICATION_ID = "io.github.sslstudio"
SWITCH_SECONDS = 0.002
"""How long a background thread may hold the interpreter before the window gets its turn."""


class Opening(QObject):
    """Loads what the pages need on a background thread, then builds them."""

    def __init__(
        self, frame: Frame, theme: Theme, jobs: Jobs, recipe: str | None, data: str | None
    ) -> None:
        super().__init__(frame)
        self._frame = frame
        self._theme = theme
        self._jobs = jobs
        self._recipe = recipe
        self._data = data
        self.studio: QObject | None = None

    def begin(self) -> None:
        """Load torch and the catalogue while the frame is already on the screen."""
        self._frame.set_status("Loading", "", "")
        job = self._jobs.start(_load, "Loading")
        job.done.connect(self._build)
        job.failed.connect(self._frame.messages.show_error)

    def _build(self, equipment: Equipment) -> None:
        from sslstudio.gui.studio.studio import Studio

        self.studio = Studio(
            self._frame, self._theme, self._jobs, equipment, (self._recipe, self._data)
        )
        spare_what_stays()


def _load(_progress: Progress, _cancelled: Cancelled) -> Equipment:
    from sslstudio.gui.studio.bench import Equipment

    return Equipment.load()


def show_window(recipe: str | None, data: str | None) -> int:
    """Show the window until it is closed and return the exit code."""
    began = time.perf_counter()
    if sys.platform == "win32":
        # Loading Qt first makes torch's libraries fail to load on Windows.
        import torch

        del torch
    sys.setswitchinterval(SWITCH_SECONDS)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(application, QApplication):
        raise TypeError("A window needs a QApplication.")
    application.setApplicationName("sslstudio")
    application.setDesktopFileName(APPLICATION_ID)
    theme = Theme(application)
    frame = Frame(theme, user_settings())
    Collector(frame)
    theme.set_mode(frame.settings.mode)
    reporter = FaultReporter(frame)
    reporter.faulted.connect(frame.messages.show_error)
    reporter.install()
    jobs = Jobs(frame)
    frame.show()
    opening = Opening(frame, theme, jobs, recipe, data)
    QTimer.singleShot(FRAME_MS, opening.begin)
    if "SSLSTUDIO_TIMES" in os.environ:
        sys.stderr.write(f"frame after {time.perf_counter() - began:.2f} s\n")
    code = application.exec()
    ended = jobs.shutdown()
    reporter.restore()
    return leave(code, all_ended=ended)


def leave(code: int, *, all_ended: bool) -> int:
    """Return the exit code; if a job could not be stopped, end the process here instead.

    Python's own end would take the interpreter away from a thread inside torch, which aborts.
    What matters is on disk by then: training has ended, and files are renamed when complete.
    """
    if all_ended:
        return code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
