"""Points on their way from one layout to the next."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal

DURATION_MS = 300


class Transition(QObject):
    """Moves points in straight lines.

    Signals:
        moved: the layout at this moment; at the end exactly the wanted one.
    """

    moved = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._start = self._end = np.zeros((0, 2), dtype=np.float32)
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setDuration(DURATION_MS)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._animation.valueChanged.connect(self._move)

    @property
    def is_running(self) -> bool:
        """True while points move."""
        return self._animation.state() == QVariantAnimation.State.Running

    def run(self, start: np.ndarray, end: np.ndarray) -> None:
        """Move points from `start` (n, 2) to `end`."""
        self._animation.stop()
        self._start, self._end = start, end
        # The animation itself speaks first one frame later.
        self.moved.emit(start)
        self._animation.start()

    def stop(self) -> None:
        """Leave the points at their end."""
        if self.is_running:
            self._animation.stop()
            self.moved.emit(self._end)

    def _move(self, share: float) -> None:
        if share >= 1.0:
            self.moved.emit(self._end)
            return
        self.moved.emit(self._start + np.float32(share) * (self._end - self._start))
