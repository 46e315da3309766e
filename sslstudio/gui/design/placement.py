"""Rectangles and paths by key: what a layout hands to the scene."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainterPath


@dataclass(slots=True)
class Placement:
    """Where everything stands, in pixels of the stage."""

    rects: dict[str, QRectF] = field(default_factory=dict)
    paths: dict[str, QPainterPath] = field(default_factory=dict)
    link_at: QPointF | None = None
    legend_at: QPointF = field(default_factory=QPointF)
    size: QSizeF = field(default_factory=QSizeF)
