"""A run's checkpoints as dots on a line, with a cursor that can be dragged along them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from sslstudio.domain.checkpoints import Checkpoint, best_of
from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.words import number

MARGIN = 8
DOT = 5.0
BEST = 6.5
CURSOR = 8.0
KEPT_BELOW = 10.0
FUTURE = 10
"""A checkpoint is written at least every tenth of the budget: so many pale dots in all."""


class CheckpointLine(QWidget):
    """Dots at the saved steps, pale ones where the next will be; the best one is a diamond.

    Signals:
        chosen: the step of the checkpoint that was clicked, dragged to or reached by arrow keys.
        released: the newest state is looked at again.
    """

    chosen = Signal(int)
    released = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._saved: tuple[Checkpoint, ...] = ()
        self._kept: frozenset[int] = frozenset()
        self._best: int | None = None
        self._end = 1.0
        self._now = 0
        self._chosen: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Checkpoints")
        self.setToolTip(
            "Click or drag to choose a checkpoint; the arrow keys go from one to the next, Escape "
            "back to the newest state"
        )

    def sizeHint(self) -> QSize:
        """Return the height of a control."""
        return QSize(200, 30)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def show_checkpoints(self, saved: tuple[Checkpoint, ...], now: int, end: float) -> None:
        """Show the checkpoints of a run that is at step `now` and will end about `end`."""
        fresh = (saved, now, max(end, now, 1.0))
        if fresh == (self._saved, self._now, self._end):
            return
        self._saved, self._now, self._end = fresh
        best = best_of(saved)
        self._best = None if best is None else best.step
        if self._chosen not in self.steps:
            self.release()
        self._describe()
        self.update()

    def show_kept(self, steps: frozenset[int]) -> None:
        """Underline the checkpoints that stay because the user said so."""
        self._kept = steps
        self.update()

    def release(self) -> None:
        """Look at the newest state again."""
        if self._chosen is not None:
            self._chosen = None
            self._describe()
            self.update()
            self.released.emit()

    @property
    def steps(self) -> tuple[int, ...]:
        """The saved steps, rising."""
        return tuple(saved.step for saved in self._saved)

    @property
    def current(self) -> int | None:
        """The chosen checkpoint; None while the newest state is looked at."""
        return self._chosen

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the checkpoint nearest to the pointer."""
        self._choose_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer from checkpoint to checkpoint while dragging."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the checkpoint before or after, or to the first or last."""
        steps = self.steps
        place = steps.index(self._chosen) if self._chosen is not None else len(steps)
        moves = {
            Qt.Key.Key_Left: place - 1,
            Qt.Key.Key_Right: place + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(steps) - 1,
        }
        if event.key() == Qt.Key.Key_Escape and self._chosen is not None:
            self.release()
        elif steps and event.key() in moves:
            wanted = moves[Qt.Key(event.key())]
            self._choose(steps[min(len(steps) - 1, max(0, wanted))])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Name the checkpoint under the pointer in the tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._saved:
            words = self.words_for(self._nearest(event.pos().x()))
            QToolTip.showText(event.globalPos(), f"Checkpoint of {words}", self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint line, dots and cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(QPen(QColor(self._tokens.line), 2))
        painter.drawLine(QPointF(MARGIN, middle), QPointF(self.width() - MARGIN, middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._tokens.line))
        for place in range(1, FUTURE + 1):
            at = self._end * place / FUTURE
            if at > self._now:
                painter.drawEllipse(QPointF(self._x_of(at), middle), DOT, DOT)
        painter.setBrush(QColor(self._tokens.accent))
        for step in self.steps:
            self._paint_checkpoint(painter, step, QPointF(self._x_of(step), middle))
        self._paint_cursor(painter, middle)

    def _paint_checkpoint(self, painter: QPainter, step: int, at: QPointF) -> None:
        if step == self._best:
            corners = (QPointF(0, -BEST), QPointF(BEST, 0), QPointF(0, BEST), QPointF(-BEST, 0))
            painter.drawPolygon([at + corner for corner in corners])
        else:
            painter.drawEllipse(at, DOT, DOT)
        if step in self._kept:
            painter.drawRect(QRectF(at.x() - DOT, at.y() + KEPT_BELOW, 2 * DOT, 2))

    def _paint_cursor(self, painter: QPainter, middle: float) -> None:
        if self._chosen is not None:
            painter.setBrush(QColor(self._tokens.panel))
            painter.setPen(QPen(QColor(self._tokens.accent), 2))
            painter.drawEllipse(QPointF(self._x_of(self._chosen), middle), CURSOR - 1, CURSOR - 1)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._tokens.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def _x_of(self, step: float) -> float:
        return MARGIN + (self.width() - 2 * MARGIN) * step / self._end

    def _nearest(self, x: float) -> int:
        return min(self.steps, key=lambda step: abs(self._x_of(step) - x))

    def _choose_at(self, x: float) -> None:
        if self._saved:
            self._choose(self._nearest(x))

    def _choose(self, step: int) -> None:
        if step == self._chosen:
            return
        self._chosen = step
        self._describe()
        self.update()
        self.chosen.emit(step)

    def words_for(self, step: int) -> str:
        """Return what is known of a checkpoint: its step, its kNN, and whether it is the best."""
        knn = next((saved.knn for saved in self._saved if saved.step == step), None)
        words = [f"step {step:,}"]
        if knn is not None:
            words.append(f"kNN {number(knn)}{', the best' if step == self._best else ''}")
        if step in self._kept:
            words.append("kept")
        return "  \u00b7  ".join(words)

    def _describe(self) -> None:
        chosen = "" if self._chosen is None else f", {self.words_for(self._chosen)} chosen"
        self.setAccessibleDescription(f"{len(self._saved)} checkpoints{chosen}")
