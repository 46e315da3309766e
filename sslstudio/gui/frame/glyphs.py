"""The signs on the rail, drawn in lines on a field of 20 by 20."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

FIELD = 20.0
STROKE = 1.4


def paint_glyph(painter: QPainter, key: str, area: QRectF, colour: QColor) -> None:
    """Draw a sign into an area."""
    painter.save()
    painter.translate(area.topLeft())
    painter.scale(area.width() / FIELD, area.height() / FIELD)
    pen = QPen(colour, STROKE)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(GLYPHS[key]())
    painter.restore()


def _line(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))


def _data() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.5, 4, 15, 12), 1, 1)
    _line(path, (2.5, 12.5), (6.5, 8.5), (10, 12), (12.5, 9.5), (17.5, 13))
    return path


def _design() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.5, 4.5, 6, 4), 0.5, 0.5)
    path.addRoundedRect(QRectF(11.5, 11.5, 6, 4), 0.5, 0.5)
    _line(path, (8.5, 6.5), (14.5, 6.5), (14.5, 11.5))
    return path


def _train() -> QPainterPath:
    path = QPainterPath()
    _line(path, (2.5, 15), (7, 8.5), (10.5, 12), (14, 4.5), (17.5, 9.5))
    return path


def _explore() -> QPainterPath:
    path = QPainterPath()
    for x, y in ((4.5, 5.5), (9.8, 9.6), (14.8, 4.8), (6, 14), (15.2, 14.5)):
        path.addEllipse(QPointF(x, y), 1.7, 1.7)
    return path


def _evaluate() -> QPainterPath:
    path = QPainterPath()
    for x, top in ((3.5, 10), (8, 4), (12.5, 11.5), (17, 7)):
        _line(path, (x, 16.5), (x, top))
    return path


def _export() -> QPainterPath:
    path = QPainterPath()
    _line(path, (10, 3), (10, 12))
    _line(path, (6.5, 8.8), (10, 12.2), (13.5, 8.8))
    _line(path, (3.5, 16.5), (16.5, 16.5))
    return path


def _library() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.5, 4, 15, 12), 1.5, 1.5)
    _line(path, (7.5, 4), (7.5, 16))
    return path


def _theme() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(10, 10), 6.5, 6.5)
    half = QPainterPath(QPointF(10, 3.5))
    half.arcTo(QRectF(3.5, 3.5, 13, 13), 90, -180)
    half.closeSubpath()
    # Hatching instead of a fill: all signs are drawn with one pen.
    for x, reach in ((11.5, 6.1), (13, 5.4), (14.5, 4.3)):
        _line(half, (x, 10 - reach), (x, 10 + reach))
    path.addPath(half)
    return path


GLYPHS: Mapping[str, Callable[[], QPainterPath]] = MappingProxyType(
    {
        "data": _data,
        "design": _design,
        "train": _train,
        "explore": _explore,
        "evaluate": _evaluate,
        "export": _export,
        "library": _library,
        "theme": _theme,
    }
)
