"""Where the arrow and Tab keys go from one piece of the canvas to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt

DIRECTIONS: dict[int, QPointF] = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}
SIDEWAYS = 2.5
"""How much farther a piece counts that stands to the side of the way."""


def along(order: Sequence[str], current: str, step: int) -> str:
    """Return the next key in Tab order; empty beyond either end."""
    if current not in order:
        return order[0 if step > 0 else -1] if order else ""
    goal = order.index(current) + step
    return order[goal] if 0 <= goal < len(order) else ""


def towards(places: Mapping[str, QRectF], current: str, key: int) -> str:
    """Return the nearest piece in the direction of an arrow key; the current one if none is."""
    if current not in places:
        return next(iter(places), "")
    here, way = places[current].center(), DIRECTIONS[key]
    best, best_cost = current, float("inf")
    for name, rect in places.items():
        offset = rect.center() - here
        ahead = offset.x() * way.x() + offset.y() * way.y()
        aside = abs(offset.x() * way.y()) + abs(offset.y() * way.x())
        # More to the side than ahead is another direction.
        if name != current and ahead > 1 and aside <= 2 * ahead:
            cost = ahead + SIDEWAYS * aside
            if cost < best_cost:
                best, best_cost = name, cost
    return best
