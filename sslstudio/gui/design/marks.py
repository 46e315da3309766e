"""Edges and the marks on them: stop-gradient, link, insertion, and words at the pointer."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from sslstudio.gui.design.brush import LEADING, Ink, box, pen, wrapped, write, write_lines
from sslstudio.gui.design.figure import Edge, Link, Stop
from sslstudio.gui.design.pieces import Piece
from sslstudio.gui.tokens import RADIUS, Tokens

ARROW = 10.0
RING = 11.0
LINK_SIZE = (148.0, 22.0)
HINT_WIDTH = 230.0
LINK_WORDS = {"linked": "linked: one pipeline", "apart": "link both views"}
STOP_WORDS = {
    "set": "Stop-gradient: this branch is a constant. Click to lift it.",
    "lifted": "The gradient flows through this branch too. Click to set a stop-gradient.",
    "fixed": "This target never takes gradient.",
}


class EdgePiece(QGraphicsItem):
    """A line with an arrow head: solid where gradient flows, dashed where not."""

    def __init__(self, edge: Edge, path: QPainterPath, tokens: Tokens) -> None:
        super().__init__()
        self.edge = edge
        self.path = path
        self.tokens = tokens
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        """Return the line with its head and its label."""
        return self.path.boundingRect().adjusted(-24, -24, 44, 12)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint line, head and the shape of what flows."""
        del option, widget
        colour = self.tokens.accent if self.edge.gradient else self.tokens.muted
        line = pen(colour, 1.6)
        if not self.edge.gradient:
            line.setDashPattern([3.0, 3.0])
            line.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._stem())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawPolygon(self._head())
        if self.edge.label:
            self._label(painter)

    def _head(self) -> QPolygonF:
        end, before = self.path.currentPosition(), self.path.pointAtPercent(0.96)
        along = QLineF(before, end)
        along.setLength(ARROW)
        back = end - (along.p2() - along.p1())
        side = along.normalVector()
        side.setLength(ARROW * 0.45)
        offset = side.p2() - side.p1()
        return QPolygonF([end, back + offset, back - offset])

    def _stem(self) -> QPainterPath:
        # A dash that reached under the head would blunt it.
        cut = self.path.percentAtLength(max(0.0, self.path.length() - ARROW * 0.8))
        stem = QPainterPath(self.path.pointAtPercent(0.0))
        for part in range(1, 33):
            stem.lineTo(self.path.pointAtPercent(cut * part / 32))
        return stem

    def _label(self, painter: QPainter) -> None:
        ink = Ink(self.tokens.muted, align=Qt.AlignmentFlag.AlignHCenter)
        start, end = self.path.pointAtPercent(0.0), self.path.currentPosition()
        wide = ink.width(self.edge.label) + 2
        if abs(start.x() - end.x()) < 1:
            rect = QRectF(start.x() + 4, (start.y() + end.y() - LEADING) / 2, wide, LEADING)
        elif abs(start.y() - end.y()) < 1:
            if wide > end.x() - start.x() - 2:
                return
            middle = (start.x() + end.x() - ARROW / 2) / 2
            rect = QRectF(middle - wide / 2, start.y() - LEADING - 4, wide, LEADING)
        else:
            # A curve that rises at once would run through a label above it.
            rises = self.path.pointAtPercent(0.25).y() < start.y() - 2
            top = start.y() + 4 if rises else start.y() - LEADING - 4
            rect = QRectF(start.x() + 5, top, wide, LEADING)
        write(painter, rect, self.edge.label, ink)


class HangingLine(QGraphicsItem):
    """The dotted line on which the representation hangs."""

    def __init__(self, line: QLineF, tokens: Tokens) -> None:
        super().__init__()
        self.line = line
        self.tokens = tokens

    def boundingRect(self) -> QRectF:
        """Return the line with its width."""
        return QRectF(self.line.p1(), self.line.p2()).normalized().adjusted(-2, -2, 2, 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the dots."""
        del option, widget
        dots = pen(self.tokens.ok, 1.8)
        dots.setDashPattern([0.1, 2.4])
        painter.setPen(dots)
        painter.drawLine(self.line)


class StopPiece(Piece):
    """The `//` on the target's edge, set and lifted by a click."""

    def __init__(self, stop: Stop, centre: QPointF, tokens: Tokens) -> None:
        rect = QRectF(centre.x() - RING, centre.y() - RING, 2 * RING, 2 * RING)
        super().__init__("stop", "", rect, tokens)
        self.stop = stop
        self.setToolTip(STOP_WORDS[stop])

    @property
    def words(self) -> str:
        """What a screen reader says."""
        return STOP_WORDS[self.stop]

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the ring and, where the gradient stops, two strokes."""
        del option, widget
        colour = self.tokens.warn if self.stop == "set" else self.tokens.muted
        if self.look.hovered:
            colour = self.tokens.accent
        style = Qt.PenStyle.DotLine if self.stop == "lifted" else Qt.PenStyle.SolidLine
        box(painter, self.rect, RING, self.tokens.panel, pen(colour, 1.2, style))
        if self.stop != "lifted" or self.look.hovered:
            painter.setPen(pen(colour, 1.5))
            for x in (RING - 2.5, RING + 2.5):
                painter.drawLine(QPointF(x - 2, RING + 5), QPointF(x + 2, RING - 5))
        self.focus_ring(painter, RING)


class LinkPiece(Piece):
    """Says whether both views share one pipeline; a click changes it."""

    def __init__(self, link: Link, centre: QPointF, tokens: Tokens) -> None:
        wide, high = LINK_SIZE
        rect = QRectF(centre.x() - wide / 2, centre.y() - high / 2, wide, high)
        super().__init__("link", "", rect, tokens)
        self.link = link
        self.setToolTip(self.words)

    @property
    def words(self) -> str:
        """What a screen reader says."""
        if self.link == "linked":
            return "Both views are drawn by one pipeline. Click to give each its own."
        return "Each view has a pipeline of its own. Click to draw both by the one of view A."

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint a chain, closed or open, and the word beside it."""
        del option, widget
        colour = self.tokens.accent if self.look.hovered else self.tokens.muted
        ink = Ink(colour)
        text = LINK_WORDS[self.link]
        left = (self.rect.width() - ink.width(text) - 26) / 2
        gap = 0.0 if self.link == "linked" else 3.0
        painter.setPen(pen(colour, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        middle = self.rect.center().y()
        for x in (left - gap / 2, left + 8 + gap / 2):
            painter.drawRoundedRect(QRectF(x, middle - 3.5, 11, 7), 3.5, 3.5)
        write(painter, self.rect.adjusted(left + 26, 0, 4, 0), text, ink)
        self.focus_ring(painter, self.rect.height() / 2)


class InsertionMark(QGraphicsItem):
    """The bar that shows where an operation would land."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.colour = tokens.accent
        self.height = 0.0
        self.setZValue(3)
        self.hide()

    def stand(self, top: QPointF, height: float) -> None:
        """Show the bar at a place."""
        self.prepareGeometryChange()
        self.height = height
        self.setPos(top)
        self.show()

    def boundingRect(self) -> QRectF:
        """Return the bar with its caps."""
        return QRectF(-3, -3, 6, self.height + 6)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the bar."""
        del option, widget
        painter.setPen(pen(self.colour, 3))
        painter.drawLine(QPointF(0, 0), QPointF(0, self.height))


class Hint(QGraphicsItem):
    """Words at the pointer: why something cannot be dropped or done here."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.tokens = tokens
        self.text = ""
        self.setZValue(5)
        self.hide()

    def say(self, text: str, pointer: QPointF, stage: QRectF) -> None:
        """Show words beside the pointer, inside the stage."""
        self.prepareGeometryChange()
        self.text = text
        box_size = self.boundingRect()
        x = min(pointer.x() + 14, stage.right() - box_size.width() - 8)
        y = min(pointer.y() + 16, stage.bottom() - box_size.height() - 8)
        self.setPos(max(8.0, x), max(8.0, y))
        self.show()

    def boundingRect(self) -> QRectF:
        """Return the note's size for its present words."""
        lines = wrapped(self.text, HINT_WIDTH - 24, 6, Ink(self.tokens.text))
        return QRectF(0, 0, HINT_WIDTH, 16 + LEADING * len(lines))

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the note."""
        del option, widget
        rect = self.boundingRect()
        box(painter, rect, RADIUS - 2, self.tokens.panel, pen(self.tokens.warn, 1.2))
        write_lines(painter, rect.adjusted(12, 8, -12, -8), self.text, Ink(self.tokens.text))
