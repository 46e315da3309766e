"""Small pictures of a reading: its course with the healthy band, or its spectrum as bars."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from sslstudio.domain.events import GaugeCard
from sslstudio.gui.train.curves import (
    Curve,
    Span,
    Values,
    framed,
    joined,
    nearest_index,
    span_of,
    thinned,
)

Measured = TypeVar("Measured", float, Values)

BAND_OPACITY = 38
BARS = 48


class Sparkline(QWidget):
    """A reading's course over the whole width, with its healthy band tinted."""

    pointed = Signal(object)
    """The index of the point under the mouse; None when the mouse leaves."""

    def __init__(self, card: GaugeCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card = card
        self._x: Values = np.empty(0)
        self._y: Values = np.empty(0)
        self._other_x: Values = np.empty(0)
        self._other_y: Values = np.empty(0)
        self._frame: Span | None = None
        self._steps: Values = np.empty(0)
        self._line = QColor("black")
        self._band = QColor("black")
        self._other_line = QColor("black")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(36)

    def sizeHint(self) -> QSize:
        """Return room for a readable course."""
        return QSize(160, 60)

    def set_colours(self, line: QColor, band: QColor, other: QColor) -> None:
        """Use these colours for the course, the healthy band and another run's course."""
        self._line, self._band, self._other_line = line, band, other
        self.update()

    def forget_frame(self) -> None:
        """Let the next course have a frame of its own."""
        self._frame = None

    def show_curve(self, curve: Curve, other: Curve | None = None) -> None:
        """Draw this course, and dotted that of another run."""
        self._steps = curve.steps
        compared = other or Curve(1)
        buckets = max(20, self.width() // 2)
        self._x, self._y = thinned(curve.steps, curve.values, buckets)
        self._other_x, self._other_y = thinned(compared.steps, compared.values, buckets)
        spans = [found for y in (self._y, self._other_y) if (found := span_of(y)) is not None]
        needed = joined(spans)
        if needed is not None:
            self._frame = framed(self._with_band(needed), self._frame, 4)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which point is under the mouse."""
        if len(self._steps):
            first, length = self._reach()
            step = first + event.position().x() / max(1, self.width() - 1) * length
            self.pointed.emit(nearest_index(self._steps, step))

    def leaveEvent(self, event: QEvent) -> None:
        """Go back to the newest value."""
        self.pointed.emit(None)
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint band and course."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._frame is None:
            return
        band = self._band_rectangle(self._frame)
        if band is not None:
            tint = QColor(self._band)
            tint.setAlpha(BAND_OPACITY)
            painter.fillRect(band, tint)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(self._other_x):
            painter.setPen(QPen(self._other_line, 1.5, Qt.PenStyle.DotLine))
            painter.drawPath(self._course(self._other_x, self._other_y, self._frame))
        painter.setPen(QPen(self._line, 1.5))
        painter.drawPath(self._course(self._x, self._y, self._frame))
        if len(self._steps) == 1:
            painter.setBrush(self._line)
            painter.drawEllipse(QPointF(2.5, self._height_of(float(self._y[0]), self._frame)), 2, 2)

    def _with_band(self, needed: Span) -> Span:
        """Return the stretch with the near edge of the healthy band, which says how far it is."""
        if self._card.healthy is None:
            return needed
        low, high = self._card.healthy
        for edge in (low, high):
            near = abs(edge - needed.low) <= 3 * max(needed.size, abs(needed.high) * 0.2)
            if np.isfinite(edge) and near:
                needed = needed.with_value(edge)
        return needed

    def _band_rectangle(self, frame: Span) -> QRectF | None:
        if self._card.healthy is None:
            return None
        low, high = (min(frame.high, max(frame.low, edge)) for edge in self._card.healthy)
        if high <= low:
            return None
        top = self._height_of(high, frame)
        return QRectF(0, top, self.width(), self._height_of(low, frame) - top)

    def _height_of(self, value: Measured, frame: Span) -> Measured:
        return 1 + (self.height() - 2) * (1 - (value - frame.low) / frame.size)

    def _reach(self) -> tuple[float, float]:
        """Return the first step of the courses and how many steps they go on for."""
        ends = [end for axis in (self._x, self._other_x) if len(axis) for end in axis[[0, -1]]]
        return min(ends), max(1e-9, max(ends) - min(ends))

    def _course(self, x: Values, y: Values, frame: Span) -> QPainterPath:
        """Return a course in pixels, with gaps where there is no number."""
        if not len(x):
            return QPainterPath()
        first, length = self._reach()
        across = (x - first) / length * (self.width() - 1)
        down = self._height_of(y, frame)
        finite = np.isfinite(down)
        down[finite] = np.clip(down[finite], -4.0, self.height() + 4.0)
        path: QPainterPath = pg.arrayToQPath(across, down, connect="finite")
        return path


class SpectrumBars(QWidget):
    """Singular values as bars, the largest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: Values = np.empty(0)
        self._colour = QColor("black")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(36)

    def sizeHint(self) -> QSize:
        """Return room for readable bars."""
        return QSize(160, 60)

    def set_colour(self, colour: QColor) -> None:
        """Use this colour for the bars."""
        self._colour = colour
        self.update()

    def show_series(self, series: tuple[float, ...]) -> None:
        """Draw these values; many are shown as the largest of each group."""
        values = np.asarray(series, dtype=float)
        values = values[np.isfinite(values) & (values >= 0)]
        if len(values) > BARS:
            starts = np.linspace(0, len(values), BARS, endpoint=False).astype(np.intp)
            values = np.maximum.reduceat(values, starts)
        self._values = values
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bars up from the bottom."""
        if not self._values.size or self._values.max() <= 0:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        pitch = self.width() / len(self._values)
        heights = self._values / self._values.max() * self.height()
        for place, height in enumerate(heights):
            left, right = round(place * pitch), round((place + 1) * pitch)
            painter.drawRect(
                left, round(self.height() - height), max(1, right - left - 1), self.height()
            )
