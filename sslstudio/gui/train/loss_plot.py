"""The loss with its ruler: thin raw curves under smoothed ones, on axes that grow in steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.curves import log_ticks, ticks
from sslstudio.gui.train.drawing import Drawing, Line, Sign
from sslstudio.gui.train.rulers import Rulers
from sslstudio.gui.train.words import duration, plain

AXIS_WIDTH = 46
BOTTOM_HEIGHT = 24
MINIMUM_HEIGHT = 130
RAW_OPACITY = 90
DOTS = (1, 2)
CURVE_LAYERS = {"raw": 0, "other": 2, "smooth": 3}
SIGN_SHAPES = {"edit": "d", "verdict": "o", "resumed": "t1"}


class LossPlot(QWidget):
    """Draws what `drawing.drawn` computed; the mouse only points, nothing pans by accident."""

    pointed = Signal(float)
    """The place on the x axis under the mouse."""
    pointed_away = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._plot: Any = pg.PlotWidget()
        self._curves: dict[tuple[str, str], Any] = {}
        self._rulers = Rulers(self._plot, tokens)
        self._signs: Any = pg.ScatterPlotItem(size=9)
        self._cursor: Any = pg.InfiniteLine(angle=90, movable=False)
        self._colours: Mapping[str, QColor] = {}
        self._drawing: Drawing | None = None
        self._ground: object = None
        self._arrange()
        self.set_tokens(tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self._tokens = tokens
        self._plot.setBackground(QColor(tokens.panel))
        font = QFont(self.font())
        font.setPixelSize(11)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setStyle(tickFont=font, tickLength=0, tickTextOffset=8)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(QColor(tokens.muted))
            axis.setTickPen(_hairline(tokens.line))
        self._cursor.setPen(_hairline(tokens.muted))
        self._ground = None
        if self._drawing:
            self.show_drawing(self._drawing, self._colours)

    def show_drawing(self, drawing: Drawing, colours: Mapping[str, QColor]) -> None:
        """Draw; `colours` gives each term its own."""
        self._drawing, self._colours = drawing, colours
        own, others = drawing.lines, drawing.compared
        shown = {(part, line.name) for line in own for part in ("raw", "smooth")}
        for gone in self._curves.keys() - shown - {("other", line.name) for line in others}:
            self._plot.removeItem(self._curves.pop(gone))
        for line in own:
            self._draw_line(line, QColor(colours[line.name]))
        for line in others:
            self._draw_other(line, QColor(colours.get(line.name, self._tokens.muted)))
        self._draw_signs(drawing.signs)
        self._draw_ground(drawing)

    def _draw_ground(self, drawing: Drawing) -> None:
        # Axes and labels change once in many repaints, and cost more than the curves.
        ground = (drawing.x, drawing.y, drawing.rulers, drawing.view, self._plot.height())
        if ground != self._ground:
            self._ground = ground
            self._frame(drawing)
            self._rulers.draw(drawing, self._tokens, self.height() - BOTTOM_HEIGHT)

    def point_at(self, x: float | None) -> None:
        """Put the vertical line at a place; None takes it away."""
        self._cursor.setVisible(x is not None)
        if x is not None:
            self._cursor.setValue(x)

    def ruler_lines(self) -> list[Any]:
        """Return the dashed lines that are drawn."""
        return self._rulers.lines()

    def sizeHint(self) -> QSize:
        """Ask for little: the page gives the plot what the tiles leave."""
        return QSize(320, MINIMUM_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the labels anew: which of them fit depends on the height."""
        super().resizeEvent(event)
        if self._drawing:
            self._draw_ground(self._drawing)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the vertical line away with the mouse."""
        self.point_at(None)
        self.pointed_away.emit()
        super().leaveEvent(event)

    def _arrange(self) -> None:
        self.setMinimumHeight(MINIMUM_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.getViewBox().setDefaultPadding(0.0)
        item.disableAutoRange()
        item.getAxis("left").setWidth(AXIS_WIDTH)
        item.getAxis("bottom").setHeight(BOTTOM_HEIGHT)
        item.getAxis("left").setGrid(255)
        for axis in (item.getAxis("left"), item.getAxis("bottom")):
            axis.setZValue(-1)
            axis.enableAutoSIPrefix(False)
        self._cursor.setZValue(5)
        self._cursor.hide()
        self._signs.setZValue(8)
        item.addItem(self._cursor, ignoreBounds=True)
        item.addItem(self._signs, ignoreBounds=True)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.scene().sigMouseMoved.connect(self._moved)

    def _frame(self, drawing: Drawing) -> None:
        box = self._plot.getViewBox()
        box.setRange(
            xRange=(drawing.x.low, drawing.x.high),
            yRange=(drawing.y.low, drawing.y.high),
            padding=0,
            disableAutoRange=True,
        )
        heights = log_ticks(drawing.y) if drawing.view.log else ticks(drawing.y)
        named = [(height, plain(10**height if drawing.view.log else height)) for height in heights]
        self._plot.getAxis("left").setTicks([named])
        say = duration if drawing.view.by_time else _step
        self._plot.getAxis("bottom").setTicks([[(at, say(at)) for at in ticks(drawing.x)]])

    def _draw_line(self, line: Line, colour: QColor) -> None:
        pale = QColor(colour)
        pale.setAlpha(RAW_OPACITY)
        smooth = pg.mkPen(colour, width=1.5)
        self._curve("raw", line.name).setData(line.raw_x, line.raw_y, pen=_hairline(pale))
        self._curve("smooth", line.name).setData(line.smooth_x, line.smooth_y, pen=smooth)

    def _draw_other(self, line: Line, colour: QColor) -> None:
        """Draw another run's line, dotted, in its term's colour."""
        dots = pg.mkPen(colour, width=1.5, dash=DOTS)
        self._curve("other", line.name).setData(line.smooth_x, line.smooth_y, pen=dots)

    def _curve(self, part: str, name: str) -> Any:
        """Return the item that draws a part of a term, made when it is first needed."""
        if (part, name) not in self._curves:
            item = pg.PlotCurveItem(connect="finite", antialias=part != "raw")
            item.setZValue(CURVE_LAYERS[part])
            self._curves[part, name] = item
            self._plot.addItem(item, ignoreBounds=True)
        return self._curves[part, name]

    def _draw_signs(self, signs: tuple[Sign, ...]) -> None:
        shown = [sign for sign in signs if np.isfinite(sign.y)]
        self._signs.setData(
            x=[sign.x for sign in shown],
            y=[sign.y for sign in shown],
            symbol=[SIGN_SHAPES[sign.mark.kind] for sign in shown],
            brush=[pg.mkBrush(self._sign_colour(sign)) for sign in shown],
            pen=pg.mkPen(self._tokens.panel, width=1.5),
        )

    def _sign_colour(self, sign: Sign) -> str:
        states = {
            "learning": self._tokens.ok,
            "stalled": self._tokens.warn,
            "collapsed": self._tokens.alarm,
            "diverged": self._tokens.alarm,
            "warming-up": self._tokens.muted,
        }
        return states.get(sign.mark.state, self._tokens.text)

    def _moved(self, position: QPointF) -> None:
        box = self._plot.getViewBox()
        if box.sceneBoundingRect().contains(position):
            self.pointed.emit(float(box.mapSceneToView(position).x()))
        else:
            self.pointed_away.emit()


def _hairline(colour: str | QColor) -> QPen:
    pen = QPen(QColor(colour))
    pen.setWidthF(1.0)
    pen.setCosmetic(True)
    return pen


def _step(step: float) -> str:
    return f"{step:,.0f}"
