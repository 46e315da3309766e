"""Rows of pictures as one stop of the Tab key, within which the arrow keys go about."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakSet

from PySide6.QtCore import QObject, Qt

from sslstudio.gui.train.picture_view import PictureView


class PictureGrid(QObject):
    """Lets Tab reach the picture that was looked at last, and arrows all others."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[list[PictureView]] = []
        # Rows leave where there is no room and come back: each view is listened to once.
        self._heard: WeakSet[PictureView] = WeakSet()

    def set_rows(self, rows: Sequence[Sequence[PictureView]]) -> None:
        """Go about in these rows from now on; the picture that Tab reaches stays if it is there."""
        self._rows = [list(row) for row in rows if row]
        views = [view for row in self._rows for view in row]
        for view in views:
            if view not in self._heard:
                view.arrow_pressed.connect(self._step)
                self._heard.add(view)
        reached = [view for view in views if view.focusPolicy() == Qt.FocusPolicy.StrongFocus]
        if views:
            self._let_tab_reach(reached[0] if reached else views[0])

    def _let_tab_reach(self, wanted: PictureView) -> None:
        for view in (view for row in self._rows for view in row):
            policy = Qt.FocusPolicy.StrongFocus if view is wanted else Qt.FocusPolicy.ClickFocus
            view.setFocusPolicy(policy)

    def _step(self, right: int, down: int) -> None:
        for place, row in enumerate(self._rows):
            for column, view in enumerate(row):
                if view.hasFocus():
                    self._go(place + down, column + right)
                    return

    def _go(self, place: int, column: int) -> None:
        """Go to a picture; a shorter row gives its last, and the edge of the grid holds."""
        if not 0 <= place < len(self._rows) or column < 0:
            return
        row = self._rows[place]
        view = row[min(column, len(row) - 1)]
        self._let_tab_reach(view)
        view.setFocus(Qt.FocusReason.OtherFocusReason)
        view.enlarge()
