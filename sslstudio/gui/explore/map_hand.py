"""What the pointer does on a map: hover, click, pan and lasso, told apart in one place."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPolygonF

# A hand is never quite still: less than this is a click.
CLICK_PX = 4.0
LASSO_STEP_PX = 3.0
FEWEST_CORNERS = 3


class _Gesture(Enum):
    NONE = auto()
    PRESSED = auto()
    PANNING = auto()
    LASSO = auto()


class MapHand(QObject):
    """Turns mouse events into gestures.

    Signals:
        hovered: where the pointer is, with no button down.
        clicked: where; `is_adding` tells whether more is to be selected than before.
        panned: by how many pixels.
        lassoing: the line so far.
        lassoed: the closed line; `is_adding` as for a click.
    """

    hovered = Signal(QPointF)
    clicked = Signal(QPointF)
    panned = Signal(QPointF)
    lassoing = Signal(QPolygonF)
    lassoed = Signal(QPolygonF)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._gesture = _Gesture.NONE
        self._from = QPointF()
        self._line = QPolygonF()
        self.is_adding = False

    @property
    def is_idle(self) -> bool:
        """True while no button is held."""
        return self._gesture is _Gesture.NONE

    def press(self, event: QMouseEvent) -> None:
        """Begin a click, a pan or, with shift, a lasso."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._from = event.position()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._gesture = _Gesture.LASSO
            self._line = QPolygonF([event.position()])
        else:
            self._gesture = _Gesture.PRESSED

    def move(self, event: QMouseEvent) -> None:
        """Go on with the gesture."""
        place = event.position()
        way = (place - self._from).manhattanLength()
        match self._gesture:
            case _Gesture.NONE:
                self.hovered.emit(place)
            case _Gesture.PRESSED if way >= CLICK_PX:
                self._gesture = _Gesture.PANNING
                self._pan_to(place)
            case _Gesture.PANNING:
                self._pan_to(place)
            case _Gesture.LASSO if (place - self._line.last()).manhattanLength() >= LASSO_STEP_PX:
                self._line.append(place)
                self.lassoing.emit(self._line)

    def release(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        gesture, self._gesture = self._gesture, _Gesture.NONE
        self.is_adding = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if gesture is _Gesture.PRESSED:
            self.clicked.emit(event.position())
        elif gesture is _Gesture.LASSO and self._line.size() >= FEWEST_CORNERS:
            self.lassoed.emit(self._line)

    def cancel(self) -> bool:
        """Drop an unfinished lasso; return whether there was one."""
        was_lasso = self._gesture is _Gesture.LASSO
        self._gesture = _Gesture.NONE
        return was_lasso

    def _pan_to(self, place: QPointF) -> None:
        self.panned.emit(place - self._from)
        self._from = place
