"""The canvas: shows the recipe's figure and turns clicks, keys and drops into edits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.design import acts
from sslstudio.gui.design.acts import Outcome
from sslstudio.gui.design.figure import MORE_VIEWS
from sslstudio.gui.design.figure_view import FigureView
from sslstudio.gui.design.hand import Hand
from sslstudio.gui.design.marks import LinkPiece, StopPiece
from sslstudio.gui.design.palette import carried_from
from sslstudio.gui.design.pieces import AdditionPiece, Piece, PillPiece
from sslstudio.gui.design.source import Choices
from sslstudio.gui.design.walking import DIRECTIONS, along, towards
from sslstudio.gui.document import RecipeDocument
from sslstudio.gui.theme import Theme

LEFT = Qt.MouseButton.LeftButton
HINT_REACH = 40
"""Pixels that the pointer may move before the words beside it go away."""


class DesignCanvas(FigureView):
    """The figure of the open recipe.

    Signals:
        chosen: the path of the part that was chosen; empty for the recipe as a whole.
        opened: the chosen part was double-clicked or Enter was pressed on it.
    """

    chosen = Signal(str)
    opened = Signal()

    def __init__(
        self,
        document: RecipeDocument,
        choices: Choices,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, choices, theme, parent)
        self.setObjectName("design.canvas")
        self.setAccessibleName("Canvas: the recipe as a figure")
        self._said_at = QPointF()
        self._pressed: Piece | None = None
        self._hand = Hand(self.figure_scene)
        self.redrawing.connect(self._forget)
        self.setAcceptDrops(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is under the pointer; a pill may be dragged from here."""
        self.figure_scene.say("", QPointF())
        if event.button() != LEFT:
            return
        at = self.mapToScene(event.position().toPoint())
        piece = self._pressed = self.figure_scene.piece_at(at)
        if piece is None:
            self._choose("", "")
        elif piece.path:
            self._choose(piece.path, "")
        if isinstance(piece, PillPiece):
            self._hand.touch(piece, at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry what was picked up, or light what is under the pointer."""
        at = self.mapToScene(event.position().toPoint())
        if event.buttons() & LEFT:
            if self._hand.moved_enough(at, QApplication.startDragDistance()):
                self._pick_up()
            if self._hand.carries:
                copies = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
                self._hand.carry_to(self.document.recipe, at, copies=copies)
            return
        piece = self.figure_scene.piece_at(at)
        self.figure_scene.show_hover(piece)
        shape = Qt.CursorShape.ArrowCursor if piece is None else Qt.CursorShape.PointingHandCursor
        self.viewport().setCursor(shape)
        if (at - self._said_at).manhattanLength() > HINT_REACH:
            self.figure_scene.say("", at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Drop what is carried, or act on the mark that was clicked."""
        if event.button() != LEFT:
            return
        at = self.mapToScene(event.position().toPoint())
        pressed, self._pressed = self._pressed, None
        if self._hand.carries:
            self._drop(at)
        elif pressed is not None and self.figure_scene.piece_at(at) is pressed:
            self._act(pressed, at)
        self._hand.let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the form of what is under the pointer."""
        self.mousePressEvent(event)
        if self._pressed is not None and self._pressed.path:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, move, remove, copy and open by keyboard."""
        key, moves = event.key(), self._key_acts()
        if key in DIRECTIONS:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._shift(key) if alt else self._walk_towards(key)
        elif key in moves:
            moves[key]()
        elif key == Qt.Key.Key_D and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._try(lambda r: acts.copy_across(r, self._path, self.choices))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Walk from piece to piece with the Tab key, and out of the canvas at either end."""
        steps: dict[int, int] = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = steps.get(event.key(), 0)
            if step and self._walk_along(step):
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the keyboard's ring away."""
        super().focusOutEvent(event)
        self.figure_scene.show_choice(self._path, "")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            order = self.figure_scene.order()
            ends = order[:1] if event.reason() == Qt.FocusReason.TabFocusReason else order[-1:]
            self._focus_piece(self.key_of_path() or next(iter(ends), ""))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Light the views that have a place for what comes from the palette."""
        carry = carried_from(event.mimeData(), self.choices)
        if carry is None:
            event.ignore()
            return
        self._hand.take(carry)
        self._hand.light(self.document.recipe)
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where it would land, or why it would not."""
        at = self.mapToScene(event.position().toPoint())
        self._said_at = at
        landing = self._hand.carry_to(self.document.recipe, at, copies=False)
        event.setAccepted(landing.spot is not None)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Put the lights out; a refusal stays to be read."""
        del event
        inside = (
            self.viewport()
            .rect()
            .contains(self.viewport().mapFromGlobal(QPoint(self.cursor().pos())))
        )
        self._hand.let_go(keep_words=inside)

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the operation from the palette into the view."""
        at = self.mapToScene(event.position().toPoint())
        self._hand.carry_to(self.document.recipe, at, copies=False)
        if self._drop(at):
            event.acceptProposedAction()
        else:
            event.ignore()

    def _choose(self, path: str, focused: str) -> None:
        self._path, self._focused = path, focused
        self.mark_choice()
        self.chosen.emit(path)

    def _focus_piece(self, key: str) -> None:
        piece = self.figure_scene.pieces.get(key)
        if piece is not None:
            self.setAccessibleDescription(piece.words)
            self._choose(piece.path or self._path, key)

    def _forget(self) -> None:
        self._pressed = None
        self._hand.let_go()

    def _walk_along(self, step: int) -> bool:
        order, here = self.figure_scene.order(), self._focused or self.key_of_path()
        following = along(order, here, step)
        if following:
            self._focus_piece(following)
        else:
            self._focused = ""
            self.mark_choice()
        return bool(following)

    def _walk_towards(self, key: int) -> None:
        places = {name: piece.place() for name, piece in self.figure_scene.pieces.items()}
        self._focus_piece(towards(places, self._focused or self.key_of_path(), key))

    def _key_acts(self) -> dict[int, Callable[[], None]]:
        return {
            Qt.Key.Key_Delete: self._remove,
            Qt.Key.Key_Backspace: self._remove,
            Qt.Key.Key_Return: self._enter,
            Qt.Key.Key_Enter: self._enter,
            Qt.Key.Key_Space: self._enter,
            Qt.Key.Key_Escape: self._escape,
        }

    def _remove(self) -> None:
        self._try(lambda recipe: acts.remove(recipe, self._path, self.choices))

    def _shift(self, key: int) -> None:
        by = 1 if key in (Qt.Key.Key_Right, Qt.Key.Key_Down) else -1
        self._try(lambda recipe: acts.shift(recipe, self._path, by, self.choices))

    def _enter(self) -> None:
        piece = self.figure_scene.pieces.get(self._focused or self.key_of_path())
        if piece is not None and not self._act(piece, piece.place().center()):
            self.opened.emit()

    def _escape(self) -> None:
        if self._hand.carries:
            self._hand.let_go()
        else:
            self._choose("", "")

    def _act(self, piece: Piece, at: QPointF) -> bool:
        """Do what a mark is there for; return False for a piece that is only chosen."""
        if isinstance(piece, StopPiece):
            self._try(lambda recipe: acts.toggle_stop(recipe, self.choices), at)
        elif isinstance(piece, LinkPiece):
            self._try(acts.toggle_link, at)
        elif piece.key == MORE_VIEWS:
            self._try(acts.add_view, at)
        elif isinstance(piece, AdditionPiece):
            self._try(lambda recipe: acts.add_head(recipe, piece.path, self.choices), at)
        else:
            return False
        return True

    def _pick_up(self) -> None:
        self._hand.pick_up(self.document.recipe, self.choices)

    def _drop(self, at: QPointF) -> bool:
        outcome = self._hand.drop(self.document.recipe)
        self._said_at = at
        if outcome is not None:
            self._commit(outcome)
        return outcome is not None

    def _try(self, act: Callable[[Recipe], Outcome], at: QPointF | None = None) -> None:
        try:
            outcome = act(self.document.recipe)
        except RecipeError as error:
            piece = self.figure_scene.pieces.get(self.key_of_path())
            self._said_at = at or (piece.place().center() if piece else QPointF(16, 16))
            self.figure_scene.say(str(error), self._said_at)
        else:
            self._commit(outcome)

    def _commit(self, outcome: Outcome) -> None:
        by_keyboard = bool(self._focused)
        self.document.edit(outcome.recipe, outcome.label)
        self._path = outcome.path
        self._choose(outcome.path, self.key_of_path() if by_keyboard else "")
