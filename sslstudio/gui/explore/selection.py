"""Which images are selected, shared by the map, the gallery and whoever else shows it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """A boolean array over the embedded images, which tells everybody when it changes.

    Signals:
        changed: `mask` differs from before.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mask = np.zeros(0, dtype=bool)
        self._count = 0

    @property
    def mask(self) -> np.ndarray:
        """True for each selected image  # bool (n,)."""
        return self._mask

    @property
    def count(self) -> int:
        """How many are selected."""
        return self._count

    def indices(self) -> np.ndarray:
        """Return the selected rows in order."""
        return np.flatnonzero(self._mask)

    def replace(self, mask: np.ndarray) -> None:
        """Select exactly these; a mask of another length belongs to other images."""
        same = len(mask) == len(self._mask) and bool((mask == self._mask).all())
        if not same:
            self._mask = np.array(mask, dtype=bool)
            self._mask.setflags(write=False)
            self._count = int(np.count_nonzero(self._mask))
            self.changed.emit()

    def add(self, mask: np.ndarray) -> None:
        """Select these as well."""
        self.replace(self._mask | mask)

    def toggle(self, index: int) -> None:
        """Select one more, or one less."""
        mask = self._mask.copy()
        mask[index] = not mask[index]
        self.replace(mask)

    def pick(self, index: int) -> None:
        """Select one alone."""
        mask = np.zeros_like(self._mask)
        mask[index] = True
        self.replace(mask)

    def clear(self) -> None:
        """Select none."""
        self.replace(np.zeros_like(self._mask))
