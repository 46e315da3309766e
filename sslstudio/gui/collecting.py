"""Lets Python's cyclic garbage collector run on the window's thread alone.

By itself it runs on whichever thread allocates, a training or a job as well; what it finds there
may be a Qt object, and one that is destroyed off the window's thread brings the process down.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 500


class Collector(QObject):
    """Takes the collector over for as long as the process lives; belongs on the window's thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(collect_what_is_due)
        self._timer.start()


def collect_what_is_due() -> None:
    """Collect the oldest generation that Python itself would collect now."""
    counts, limits = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if counts[generation] > limits[generation]:
            gc.collect(generation)
            return


def spare_what_stays() -> None:
    """Let later collections pass over all that is loaded by now, which keeps them short."""
    gc.freeze()
