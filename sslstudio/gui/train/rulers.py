"""The ruler of the loss: anchors as dashed lines with their names, or at the edge if far away."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QColor, QFont

from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.curves import Span
from sslstudio.gui.train.drawing import Drawing, Ruler

LABEL_DISTANCE = 18
LABEL_OPACITY = 190
PAST_OPACITY = 120
"""Of a ruler whose anchor an edit has moved."""


class Rulers:
    """Draws the rulers into a plot, without labels that would cover each other."""

    def __init__(self, plot: Any, tokens: Tokens) -> None:
        self._plot, self._tokens = plot, tokens
        self._items: list[Any] = []
        self._height = 1

    def lines(self) -> list[Any]:
        """Return the dashed lines that are drawn."""
        return [item for item in self._items if isinstance(item, pg.PlotCurveItem)]

    def draw(self, drawing: Drawing, tokens: Tokens, height: int) -> None:
        """Draw the rulers of a drawing on a plot that is this many pixels high."""
        self._tokens, self._height = tokens, height
        for item in self._items:
            self._plot.removeItem(item)
        self._items = []
        edges = {1: 0, -1: 0}
        for ruler in drawing.rulers:
            if ruler.beyond:
                self._name_at_edge(ruler, drawing, edges[ruler.beyond])
                edges[ruler.beyond] += 1
            else:
                self._add(self._line(ruler, drawing.x))
        named = [ruler for ruler in drawing.rulers if not (ruler.beyond or ruler.is_past)]
        self._name_lines(named, drawing)

    def _line(self, ruler: Ruler, x: Span) -> Any:
        colour = self._colour(ruler)
        if ruler.is_past:
            colour.setAlpha(PAST_OPACITY)
        ends = [
            x.low if ruler.start is None else ruler.start,
            x.high if ruler.end is None else ruler.end,
        ]
        pen = pg.mkPen(colour, width=1, dash=[5, 4])
        return pg.PlotCurveItem(ends, [ruler.height, ruler.height], pen=pen)

    def _name_lines(self, rulers: list[Ruler], drawing: Drawing) -> None:
        """Name the lines from top to bottom; those too close together share one label."""
        above, last = drawing.y.high, drawing.y.high
        groups: list[list[Ruler]] = []
        for ruler in sorted(rulers, key=lambda ruler: -ruler.height):
            gap = self._pixels(last - ruler.height, drawing.y)
            same = bool(groups) and self._colour(groups[-1][0]) == self._colour(ruler)
            if same and gap < LABEL_DISTANCE:
                groups[-1].append(ruler)
            else:
                groups.append([ruler])
            last = ruler.height
        for group in groups:
            height = group[0].height
            near = LABEL_DISTANCE if above == drawing.y.high else 2 * LABEL_DISTANCE
            crowded = self._pixels(above - height, drawing.y) < near
            text = ", ".join(ruler.text for ruler in group)
            anchor = (1.0, 0.0 if crowded else 1.0)
            label = self._label(text, self._colour(group[0]), anchor)
            label.setPos(drawing.x.high, height)
            self._add(label)
            above = group[-1].height

    def _name_at_edge(self, ruler: Ruler, drawing: Drawing, place: int) -> None:
        arrow = "\u2191" if ruler.beyond > 0 else "\u2193"
        label = self._label(f"{arrow} {ruler.text}", self._colour(ruler), (1.0, 0.0))
        distance = place * LABEL_DISTANCE * drawing.y.size / max(1, self._plot.height())
        if ruler.beyond < 0:
            label.setAnchor((1.0, 1.0))
        edge = drawing.y.high - distance if ruler.beyond > 0 else drawing.y.low + distance
        label.setPos(drawing.x.high, edge)
        self._add(label)

    def _add(self, item: Any) -> None:
        self._items.append(item)
        self._plot.addItem(item, ignoreBounds=True)

    def _label(self, text: str, colour: QColor, anchor: tuple[float, float]) -> Any:
        # The curve may run through the words.
        ground = QColor(self._tokens.panel)
        ground.setAlpha(LABEL_OPACITY)
        item = pg.TextItem(text, color=colour, anchor=anchor, fill=pg.mkBrush(ground))
        font = QFont(self._plot.font())
        font.setPixelSize(11)
        item.setFont(font)
        item.setZValue(6)
        return item

    def _colour(self, ruler: Ruler) -> QColor:
        alarming = ruler.anchor.kind in {"collapse", "chance"}
        return QColor(self._tokens.alarm if alarming else self._tokens.muted)

    def _pixels(self, height: float, y: Span) -> float:
        return height / y.size * self._height
