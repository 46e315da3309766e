"""Real mouse and drag events, as a pointer over the canvas would send them."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def middle(view, key):
    """Return the middle of a piece, in the view's pixels."""
    return view.mapFromScene(view.piece(key).place().center())


def send(view, kind, at, button=NONE, buttons=NONE, modifiers=PLAIN):
    """Send one mouse event."""
    here = QPointF(at)
    event = QMouseEvent(kind, here, view.viewport().mapToGlobal(here), button, buttons, modifiers)
    QApplication.sendEvent(view.viewport(), event)


def hover(view, at):
    """Move the pointer without a button."""
    send(view, QEvent.Type.MouseMove, at)


def click(view, at):
    """Press and let go."""
    send(view, QEvent.Type.MouseButtonPress, at, LEFT, LEFT)
    send(view, QEvent.Type.MouseButtonRelease, at, LEFT, NONE)


def double_click(view, at):
    """Click twice."""
    click(view, at)
    send(view, QEvent.Type.MouseButtonDblClick, at, LEFT, LEFT)
    send(view, QEvent.Type.MouseButtonRelease, at, LEFT, NONE)


def drag(view, start, end, modifiers=PLAIN, *, drop=True):
    """Press, move in steps, and let go unless told otherwise."""
    send(view, QEvent.Type.MouseButtonPress, start, LEFT, LEFT)
    way = QPointF(end) - QPointF(start)
    for share in (0.2, 0.6, 1.0):
        at = (QPointF(start) + way * share).toPoint()
        send(view, QEvent.Type.MouseMove, at, NONE, LEFT, modifiers)
    if drop:
        send(view, QEvent.Type.MouseButtonRelease, end, LEFT, NONE, modifiers)


def drag_in(view, content, at: QPoint):
    """Drag something from outside to a place; return the event of the last move."""
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at, copy, content, LEFT, PLAIN)
    QApplication.sendEvent(view.viewport(), enter)
    move = QDragMoveEvent(at, copy, content, LEFT, PLAIN)
    QApplication.sendEvent(view.viewport(), move)
    return move


def drop(view, content, at: QPoint):
    """Drag something from outside to a place and let go."""
    drag_in(view, content, at)
    event = QDropEvent(QPointF(at), Qt.DropAction.CopyAction, content, LEFT, PLAIN)
    QApplication.sendEvent(view.viewport(), event)
    return event


def pick(chooser, value):
    """Choose from a list as the arrow keys and Enter would."""
    chooser.setCurrentIndex(chooser.values.index(value))
    chooser.activated.emit(chooser.currentIndex())
