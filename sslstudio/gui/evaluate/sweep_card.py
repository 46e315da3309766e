"""The runs of a sweep as small plots: what they came to at each value."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from sslstudio.gui.evaluate.sweep_plots import Plot, SweepCourse, plots_of, shown
from sslstudio.gui.theme import Tokens, type_font
from sslstudio.gui.train.curves import Span, framed, ticks
from sslstudio.gui.train.words import plain
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.text import text_label

PLOT_HEIGHT = 168
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 26, 36
DOT = 3.5
ROOM = 0.06
"""Empty share of the axis on either side of the values."""
NOTE = (
    "Readings at the end of each run. kNN is that on the validation part of the training images: "
    "press Evaluate for scores on the held-out ones."
)


class SweepCard(Panel):
    """Up to three plots side by side; hidden where there is nothing to compare."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__("card")
        self.setObjectName("evaluate.sweep")
        self._title = text_label("", "section")
        self.plots = [PlotView(tokens) for _ in range(3)]
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for plot in self.plots:
            row.addWidget(plot, 1)
        self.body.addWidget(self._title)
        self.body.addLayout(row)
        self.body.addWidget(text_label(NOTE, "small", wrap=True))
        self.hide()

    def set_tokens(self, tokens: Tokens) -> None:
        """Paint in the colours of another theme."""
        for view in self.plots:
            view.tokens = tokens
            view.update()

    def show_course(self, course: SweepCourse | None) -> None:
        """Show the runs of a sweep; nothing for None or fewer than two readings."""
        plots = () if course is None else plots_of(course)
        self.setVisible(bool(plots))
        if course is not None:
            name = course.label[:1].upper() + course.label[1:]
            self._title.setText(f"{name}: {len(course.points)} runs")
        for place, view in enumerate(self.plots):
            view.setVisible(place < len(plots))
            if place < len(plots):
                view.show_plot(plots[place])


class PlotView(QWidget):
    """One plot with its axes; the pointer reads a dot."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.tokens = tokens
        self.plot: Plot | None = None
        self.setFixedHeight(PLOT_HEIGHT)
        self.setMinimumWidth(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        """Return room for a readable plot."""
        return QSize(220, PLOT_HEIGHT)

    def show_plot(self, plot: Plot) -> None:
        """Draw another plot."""
        self.plot = plot
        self.setAccessibleName(plot.spoken())
        self.setToolTip(plot.spoken())
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say in the tooltip what the nearest dot is."""
        plot = self.plot
        if plot is None or not plot.dots:
            return
        axes = Axes(plot, QRectF(self.rect()))
        near = min(plot.dots, key=lambda dot: abs(axes.x_of(dot.x) - event.position().x()))
        across = near.words if plot.by_value else f"{near.words}, {shown(near.x, in_percent=False)}"
        self.setToolTip(
            f"{plot.title}: {shown(near.y, in_percent=plot.in_percent)}\n{plot.across}: {across}"
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint title, axes, line and dots."""
        plot = self.plot
        if plot is None or not plot.dots:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        axes = Axes(plot, QRectF(self.rect()))
        self._paint_words(painter, plot)
        self._paint_grid(painter, axes, plot)
        places = [QPointF(axes.x_of(dot.x), axes.y_of(dot.y)) for dot in plot.dots]
        painter.setPen(QPen(QColor(self.tokens.accent), 1.5))
        painter.drawPolyline(QPolygonF(places))
        painter.setBrush(QColor(self.tokens.accent))
        painter.setPen(Qt.PenStyle.NoPen)
        for place in places:
            painter.drawEllipse(place, DOT, DOT)
        if not plot.by_value:
            self._name_ends(painter, plot, places)

    def _paint_words(self, painter: QPainter, plot: Plot) -> None:
        painter.setFont(type_font("small", bold=True))
        painter.setPen(QColor(self.tokens.text))
        painter.drawText(QRectF(4, 0, self.width() - 8, 18), Qt.AlignmentFlag.AlignLeft, plot.title)
        painter.setFont(type_font("small"))
        painter.setPen(QColor(self.tokens.muted))
        below = QRectF(LEFT, self.height() - 16, self.width() - LEFT - RIGHT, 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, plot.across)

    def _paint_grid(self, painter: QPainter, axes: Axes, plot: Plot) -> None:
        painter.setFont(type_font("small", tabular=True))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in ticks(axes.up, 4):
            height = axes.y_of(value)
            painter.setPen(QPen(QColor(self.tokens.line), 1))
            painter.drawLine(QPointF(LEFT, height), QPointF(self.width() - RIGHT, height))
            painter.setPen(QColor(self.tokens.muted))
            text = f"{100 * value:.4g} %" if plot.in_percent else plain(value)
            painter.drawText(QRectF(0, height - 8, LEFT - 6, 16), right, text)
        marks = [(dot.x, dot.words) for dot in plot.dots] if plot.by_value else axes.marks()
        self._paint_marks(painter, axes.x_of, marks)

    def _paint_marks(
        self, painter: QPainter, x_of: Callable[[float], float], marks: list[tuple[float, str]]
    ) -> None:
        """Write the values below the axis, as many as stand beside each other."""
        metrics, free = painter.fontMetrics(), 0.0
        for value, words in sorted(marks):
            text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, 72)
            wide = metrics.horizontalAdvance(text)
            left = min(x_of(value) - wide / 2, self.width() - wide)
            if left >= free:
                place = QRectF(left, self.height() - BOTTOM + 3, wide + 1, 16)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
                free = left + wide + 8

    def _name_ends(self, painter: QPainter, plot: Plot, places: list[QPointF]) -> None:
        """Write beside the first and the last dot which value they stand for."""
        painter.setPen(QColor(self.tokens.muted))
        for dot, place in ((plot.dots[0], places[0]), (plot.dots[-1], places[-1])):
            wide = painter.fontMetrics().horizontalAdvance(dot.words)
            left = min(max(place.x() - wide / 2, LEFT), self.width() - RIGHT - wide)
            above = place.y() - 20 if place.y() - 20 > TOP - 8 else place.y() + 6
            area = QRectF(left, above, wide + 1, 14)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, dot.words)


class Axes:
    """Where values lie within a plot."""

    def __init__(self, plot: Plot, area: QRectF) -> None:
        across = [dot.x for dot in plot.dots]
        up = [dot.y for dot in plot.dots]
        room = ROOM * ((max(across) - min(across)) or 1.0)
        self.across = Span(min(across) - room, max(across) + room)
        self.up = framed(Span(min(up), max(up)), None, 4)
        self._area = area.adjusted(LEFT, TOP, -RIGHT, -BOTTOM)

    def x_of(self, value: float) -> float:
        """Return the place of a value on the horizontal axis."""
        return self._area.left() + self._area.width() * (value - self.across.low) / self.across.size

    def y_of(self, value: float) -> float:
        """Return the place of a value on the vertical axis."""
        return self._area.bottom() - self._area.height() * (value - self.up.low) / self.up.size

    def marks(self) -> list[tuple[float, str]]:
        """Return readable values of the horizontal axis with their words."""
        return [(value, plain(value)) for value in ticks(self.across, 4)]
