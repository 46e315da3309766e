"""How edges run from one block of a figure to the next."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from sslstudio.gui.design.card_layout import INSET
from sslstudio.gui.design.figure import Edge, Figure
from sslstudio.gui.design.placement import Placement

SOLID_BUS, DASHED_BUS = 16.0, 30.0
"""From the cards to the line on which several edges run together."""
STEP = 12.0
"""How far below the middle of a card an edge leaves that goes to the lower path."""
BEND = 9.0
BELOW = 26.0
"""From the lowest block to the edge that runs under all of them."""
ARRIVAL = 8.0


class Routes:
    """Finds paths between the rectangles of a placement."""

    def __init__(self, figure: Figure, placed: Placement) -> None:
        self.figure = figure
        self.rects = placed.rects
        self._cards = {card.key for card in figure.cards}
        self._meeting = figure.meeting[0].key if figure.meeting else ""
        self._upper = {block.key for block in figure.online}
        self._under = False

    def path(self, edge: Edge) -> QPainterPath:
        """Return the way of one edge."""
        start, end = self.rects[edge.start], self.rects[edge.end]
        if edge.start in self._cards and edge.end in self._cards:
            return _bracket(start, end) if end.top() - start.bottom() > 60 else _into(start, end)
        if edge.start in self._cards and not self._is_network(edge.end):
            return self._under_all(start, end)
        if edge.start in self._cards and self.figure.has_bus:
            upper = edge.end in self._upper
            return _along_bus(start, end, SOLID_BUS if upper else DASHED_BUS, 0 if upper else STEP)
        if end.left() >= start.right():
            return self._across(start, end, meets=edge.end == self._meeting)
        return _into(start, end)

    def lowest(self) -> float:
        """Return the lower edge of everything that the legend must stand below."""
        blocks = [self.rects[block.key] for block in self.figure.blocks]
        bottom = max(rect.bottom() for rect in blocks)
        return bottom + (BELOW if self._under else 0.0) + 8

    def _is_network(self, key: str) -> bool:
        first = [self.figure.online[0].key, *(block.key for block in self.figure.target[:1])]
        return key in first

    def _under_all(self, start: QRectF, end: QRectF) -> QPainterPath:
        """Return a path below all blocks and up into the last one."""
        self._under = True
        lowest = max(self.rects[block.key].bottom() for block in self.figure.blocks)
        y = lowest + BELOW - 8
        begin = QPointF(start.right(), min(start.bottom() - 16, y - BEND))
        x = begin.x() + SOLID_BUS
        path = QPainterPath(begin)
        path.lineTo(x - BEND, begin.y())
        path.quadTo(QPointF(x, begin.y()), QPointF(x, begin.y() + BEND))
        path.lineTo(x, max(y - BEND, begin.y() + BEND))
        path.quadTo(QPointF(x, y), QPointF(x + BEND, y))
        goal = QPointF(end.center().x(), end.bottom())
        path.lineTo(goal.x() - BEND, y)
        path.quadTo(QPointF(goal.x(), y), QPointF(goal.x(), y - BEND))
        path.lineTo(goal)
        return path

    def _across(self, start: QRectF, end: QRectF, *, meets: bool) -> QPainterPath:
        begin = QPointF(start.right(), start.center().y())
        path = QPainterPath(begin)
        if abs(begin.y() - end.center().y()) < 1:
            path.lineTo(end.left(), begin.y())
        elif meets:
            return _corner(begin, end)
        else:
            half = (end.left() - begin.x()) / 2
            side = -ARRIVAL if begin.y() < end.center().y() else ARRIVAL
            goal = QPointF(end.left(), end.center().y() + side)
            path.cubicTo(
                QPointF(begin.x() + half, begin.y()), QPointF(goal.x() - half, goal.y()), goal
            )
        return path


def _along_bus(start: QRectF, end: QRectF, distance: float, step: float) -> QPainterPath:
    """Return a path that joins its neighbours on a line beside the cards."""
    begin = QPointF(start.right(), start.center().y() + step)
    goal = QPointF(end.left(), end.center().y())
    path = QPainterPath(begin)
    rise = goal.y() - begin.y()
    if abs(rise) < 1:
        path.lineTo(goal)
        return path
    x = begin.x() + distance
    bend = min(BEND, abs(rise) / 2)
    side = bend if rise > 0 else -bend
    path.lineTo(x - bend, begin.y())
    path.quadTo(QPointF(x, begin.y()), QPointF(x, begin.y() + side))
    path.lineTo(x, goal.y() - side)
    path.quadTo(QPointF(x, goal.y()), QPointF(x + bend, goal.y()))
    path.lineTo(goal)
    return path


def _bracket(start: QRectF, end: QRectF) -> QPainterPath:
    """Return a path around the cards between two of the same column."""
    begin, goal = QPointF(start.right(), start.center().y()), QPointF(end.right(), end.top() + 20)
    x = begin.x() + SOLID_BUS
    path = QPainterPath(begin)
    path.lineTo(x - BEND, begin.y())
    path.quadTo(QPointF(x, begin.y()), QPointF(x, begin.y() + BEND))
    path.lineTo(x, goal.y() - BEND)
    path.quadTo(QPointF(x, goal.y()), QPointF(x - BEND, goal.y()))
    path.lineTo(goal)
    return path


def _corner(begin: QPointF, end: QRectF) -> QPainterPath:
    """Return a path that runs straight on and turns into the top or bottom of `end`."""
    down = begin.y() < end.center().y()
    goal = QPointF(end.center().x(), end.top() if down else end.bottom())
    turn = QPointF(goal.x(), begin.y())
    reach = min(28.0, abs(goal.y() - begin.y()) - 10, goal.x() - begin.x())
    path = QPainterPath(begin)
    path.lineTo(turn.x() - reach, turn.y())
    path.quadTo(turn, QPointF(turn.x(), turn.y() + (reach if down else -reach)))
    path.lineTo(goal)
    return path


def _into(start: QRectF, end: QRectF) -> QPainterPath:
    """Return a path down or up into `end`, straight where it stands under or over `start`."""
    down = start.center().y() < end.center().y()
    x = min(max(start.center().x(), end.left() + INSET), end.right() - INSET)
    goal = QPointF(x, end.top() if down else end.bottom())
    begin = QPointF(x, start.bottom() if down else start.top())
    if not start.left() <= x <= start.right():
        begin.setX(start.center().x())
    path = QPainterPath(begin)
    if begin.x() != x:
        turn, side = begin.y() + (2 * BEND if down else -2 * BEND), BEND if down else -BEND
        way = BEND if x > begin.x() else -BEND
        path.lineTo(begin.x(), turn - side)
        path.quadTo(QPointF(begin.x(), turn), QPointF(begin.x() + way, turn))
        path.lineTo(x - way, turn)
        path.quadTo(QPointF(x, turn), QPointF(x, turn + side))
    path.lineTo(goal)
    return path
