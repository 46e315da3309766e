"""The map as one works with it: hover, click, lasso, walk and zoom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from sslstudio.gui.explore.hover_card import HoverCard, PointFacts
from sslstudio.gui.explore.lasso import enclosed
from sslstudio.gui.explore.map_hand import MapHand
from sslstudio.gui.explore.map_surface import MapSurface
from sslstudio.gui.explore.picking import nearest_place, next_place
from sslstudio.gui.explore.selection import Selection
from sslstudio.gui.theme import Theme, Tokens

HOVER_MS = 125
ZOOM_PER_NOTCH = 1.2
NOTCH = 120
TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
DIRECTIONS = {
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Up: (0, -1),
}
HELP = (
    "Wheel zooms, drag pans, shift-drag selects a region, click picks an image, Ctrl-click adds "
    "it, arrow keys walk from image to image, F shows the whole map, escape clears"
)


class MapView(MapSurface):
    """A map with a hover card and a selection that it shares with others.

    Signals:
        picked: the point that was clicked or walked to.
        pointed: the point under the pointer; -1 for none.
    """

    picked = Signal(int)
    pointed = Signal(int)

    def __init__(self, theme: Theme, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.selection = selection
        self.card = HoverCard(self.tokens, self)
        self._describe: Callable[[int], PointFacts] | None = None
        self._current = self._pointed = -1
        self._hand = MapHand(self)
        self._dwell = QTimer(self)
        self._dwell.setSingleShot(True)
        self._dwell.setInterval(HOVER_MS)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of embeddings")
        self.setToolTip(HELP)
        self.setWhatsThis(HELP)
        self._keys = self._key_actions()
        self._connect()

    def set_points(self, points: np.ndarray, *, animate: bool = True) -> None:
        """Show a layout (n, 2), whole; the same images glide from where they were."""
        if len(points) != len(self.scene.points):
            self._current = self._pointed = -1
        self._hide_card()
        super().set_points(points, animate=animate)
        self.scene.select(self.selection.mask)

    def set_describer(self, describe: Callable[[int], PointFacts] | None) -> None:
        """Have the hover card ask `describe` what to show of a point."""
        self._describe = describe

    def current(self) -> int:
        """Return the point that was picked last; -1 for none."""
        return self._current

    def set_current(self, index: int) -> None:
        """Put a ring around a point; -1 for none."""
        self._current = index
        self.setAccessibleDescription(self._words_about(index))
        self._show_marks()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        super().set_tokens(tokens)
        self.card.set_tokens(tokens)
        self._show_marks()

    def event(self, event: QEvent) -> bool:
        """Keep the tooltip for empty ground: a point has its card."""
        if event.type() == QEvent.Type.ToolTip and self._pointed >= 0:
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Frame the map when the keyboard has come to it."""
        super().focusInEvent(event)
        self.set_framed(framed=event.reason() in TAB_REASONS)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the frame away."""
        super().focusOutEvent(event)
        self.set_framed(framed=False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self._hide_card()
        self._hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a gesture, or hover."""
        self._hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a gesture."""
        self._hand.release(event)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Show the whole map."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self._zoom(event.angleDelta().y() / NOTCH, event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget what was under the pointer."""
        super().leaveEvent(event)
        self._point_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, zoom, fit and clear."""
        action = self._keys.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _key_actions(self) -> dict[Qt.Key, Callable[[], None]]:
        def walk(direction: tuple[int, int]) -> Callable[[], None]:
            return lambda: self._walk(direction)

        walks = {key: walk(direction) for key, direction in DIRECTIONS.items()}
        return {
            **walks,
            Qt.Key.Key_Plus: lambda: self._zoom(1, self._middle()),
            Qt.Key.Key_Equal: lambda: self._zoom(1, self._middle()),
            Qt.Key.Key_Minus: lambda: self._zoom(-1, self._middle()),
            Qt.Key.Key_F: self.fit,
            Qt.Key.Key_Escape: self._clear,
            Qt.Key.Key_Return: self._select_current,
            Qt.Key.Key_Enter: self._select_current,
        }

    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _point_near(self, place: QPointF) -> int:
        found = nearest_place(self.scene.places, self.scene.visible, place.x(), place.y())
        return -1 if found is None else found

    def _hover(self, place: QPointF) -> None:
        self._point_at(self._point_near(place))

    def _point_at(self, index: int) -> None:
        if index == self._pointed:
            return
        self._pointed = index
        self._hide_card()
        if index >= 0:
            self._dwell.start()
        self._show_marks()
        self.pointed.emit(index)

    def _show_card(self) -> None:
        if self._pointed >= 0 and self._describe is not None and self._hand.is_idle:
            self.card.show_facts(self._describe(self._pointed), self.place_of(self._pointed))

    def _hide_card(self) -> None:
        self._dwell.stop()
        self.card.hide()

    def _click(self, place: QPointF) -> None:
        found = self._point_near(place)
        if found < 0:
            return
        if self._hand.is_adding:
            self.selection.toggle(found)
        else:
            self.selection.pick(found)
        self._pick(found)

    def _pick(self, index: int) -> None:
        self.set_current(index)
        self.picked.emit(index)

    def _select_current(self) -> None:
        if self._current >= 0:
            self.selection.pick(self._current)

    def _walk(self, direction: tuple[int, int]) -> None:
        places, visible = self.scene.places, self.scene.visible
        if not visible.any():
            return
        found: int | None
        if self._current < 0:
            away = np.abs(places - np.array([self.width() / 2, self.height() / 2])).sum(axis=1)
            found = int(np.where(visible, away, np.inf).argmin())
        else:
            found = next_place(places, visible, self._current, direction)
        if found is not None:
            self._pick(found)
            self._pointed = found
            self._show_card()

    def _zoom(self, notches: float, place: QPointF) -> None:
        self._hide_card()
        self.scene.zoom(ZOOM_PER_NOTCH**notches, place.x(), place.y())
        self.redraw()

    def _pan(self, by: QPointF) -> None:
        self.scene.pan(by.x(), by.y())
        self.redraw()

    def _take_lasso(self, line: QPolygonF) -> None:
        corners = np.array([[corner.x(), corner.y()] for corner in line.toList()])
        mask = enclosed(line, self.scene.places) & self.scene.visible
        if self._hand.is_adding:
            self.selection.add(mask)
        else:
            self.selection.replace(mask)
        self.set_lasso(self.scene.camera.points(corners))

    def _clear(self) -> None:
        if not self._hand.cancel():
            self.selection.clear()
        self.set_lasso(None)

    def _selection_changed(self) -> None:
        self.scene.select(self.selection.mask)
        self.set_lasso(None)
        self.redraw()

    def _show_marks(self) -> None:
        """Ring the current and the hovered point, and colour a class that is grey otherwise."""
        self.set_ringed(tuple(index for index in {self._current, self._pointed} if index >= 0))
        index = self._pointed if self._pointed >= 0 else self._current
        code = int(self.scene.colouring.codes[index]) if index >= 0 else -1
        if self.scene.highlight(code, self.tokens.accent):
            self.redraw()

    def _words_about(self, index: int) -> str:
        if index < 0 or self._describe is None:
            return ""
        facts = self._describe(index)
        return ", ".join((facts.title, *facts.details))

    def _connect(self) -> None:
        self.selection.changed.connect(self._selection_changed)
        self._dwell.timeout.connect(self._show_card)
        self._hand.hovered.connect(self._hover)
        self._hand.clicked.connect(self._click)
        self._hand.panned.connect(self._pan)
        self._hand.lassoing.connect(self.set_line)
        self._hand.lassoed.connect(self._take_lasso)
