"""A run's checkpoints as dots on a line, with a cursor that can be dragged along them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from sslstudio.gui.theme import Tokens

MARGIN = 8
DOT = 5.0
CURSOR = 8.0
FUTURE = 10
"""A checkpoint is written at least every tenth of the budget: so many pale dots in all."""


class CheckpointLine(QWidget):
    """Dots at the saved steps, pale ones where the next will be.

    Signals:
        chosen: the step of the checkpoint that was clicked, dragged to or reached by arrow keys.
    """

    chosen = Signal(int)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._steps: tuple[int, ...] = ()
        self._end = 1.0
        self._now = 0
        self._chosen: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Checkpoints")
        self.setToolTip(
            "Click or drag to choose a checkpoint; the arrow keys go from one to the next"
        )

    def sizeHint(self) -> QSize:
        """Return the height of a control."""
        return QSize(200, 30)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self.update()

    def show_checkpoints(self, steps: tuple[int, ...], now: int, end: float) -> None:
        """Show the saved steps of a run that is at step `now` and will end about `end`."""
        fresh = (tuple(sorted(steps)), now, max(end, now, 1.0))
        if fresh == (self._steps, self._now, self._end):
            return
        self._steps, self._now, self._end = fresh
        if self._chosen not in self._steps:
            self._chosen = None
        self._describe()
        self.update()

    @property
    def steps(self) -> tuple[int, ...]:
        """The saved steps, rising."""
        return self._steps

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
        if not self._steps:
            super().keyPressEvent(event)
            return
        place = self._steps.index(self._chosen) if self._chosen is not None else len(self._steps)
        moves = {
            Qt.Key.Key_Left: place - 1,
            Qt.Key.Key_Right: place + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._steps) - 1,
        }
        if event.key() not in moves:
            super().keyPressEvent(event)
            return
        wanted = moves[Qt.Key(event.key())]
        self._choose(self._steps[min(len(self._steps) - 1, max(0, wanted))])

    def event(self, event: QEvent) -> bool:
        """Name the checkpoint under the pointer in the tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._steps:
            step = self._nearest(event.pos().x())
            QToolTip.showText(event.globalPos(), f"Checkpoint of step {step:,}", self)
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
        for step in self._steps:
            painter.drawEllipse(QPointF(self._x_of(step), middle), DOT, DOT)
        self._paint_cursor(painter, middle)

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
        return min(self._steps, key=lambda step: abs(self._x_of(step) - x))

    def _choose_at(self, x: float) -> None:
        if self._steps:
            self._choose(self._nearest(x))

    def _choose(self, step: int) -> None:
        if step == self._chosen:
            return
        self._chosen = step
        self._describe()
        self.update()
        self.chosen.emit(step)

    def _describe(self) -> None:
        chosen = "" if self._chosen is None else f", step {self._chosen:,} chosen"
        self.setAccessibleDescription(f"{len(self._steps)} checkpoints{chosen}")
