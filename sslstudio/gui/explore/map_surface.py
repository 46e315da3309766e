"""A widget that shows a map's points with legend, lasso and rings; it reacts to nobody's hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from sslstudio.gui.explore.colouring import Colouring
from sslstudio.gui.explore.legend import Legend
from sslstudio.gui.explore.map_marks import paint_lasso, paint_rings
from sslstudio.gui.explore.map_scene import MapScene
from sslstudio.gui.explore.points_image import PointsImage
from sslstudio.gui.explore.transition import Transition
from sslstudio.gui.theme import Theme, Tokens

LEGEND_MARGIN = 16
THIN, STRONG = 1.25, 2.0


class MapSurface(QWidget):
    """Points in the plane.

    Signals:
        redrawn: the points were drawn anew.
    """

    redrawn = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = MapScene()
        self.tokens = theme.tokens
        self.legend = Legend(self.tokens, self)
        self.transition = Transition(self)
        self._pictures: list[_Layer] | None = None
        self._lasso: np.ndarray | None = None
        self._line: QPolygonF | None = None
        self._marked = np.zeros(0, dtype=np.int64)
        self._ringed: tuple[int, ...] = ()
        self._framed = False
        theme.changed.connect(self.set_tokens)
        self.legend.hidden_changed.connect(self._hide_classes)
        self.transition.moved.connect(self._glide)

    def set_points(self, points: np.ndarray, *, animate: bool = True) -> None:
        """Show a layout (n, 2), whole; the same images glide from where they were."""
        old_places = self.scene.places
        same_images = len(points) == len(self.scene.points)
        self.transition.stop()
        self.scene.set_points(points)
        self.set_lasso(None)
        if not same_images:
            self._marked = np.zeros(0, dtype=np.int64)
            self._ringed = ()
        elif animate and self.isVisible():
            start = self.scene.camera.points(old_places).astype(np.float32)
            self.transition.run(start, self.scene.points)
        self.redraw()

    def set_colouring(self, colouring: Colouring) -> None:
        """Colour the points and say in the legend what the colours mean."""
        self.scene.set_colouring(colouring)
        self.legend.show_colouring(colouring)
        self._place_legend()
        self.redraw()

    def set_marked(self, indices: np.ndarray) -> None:
        """Put thin rings around these points, such as the neighbours of the current one."""
        self._marked = np.asarray(indices, dtype=np.int64)
        self.update()

    def set_ringed(self, indices: tuple[int, ...]) -> None:
        """Put strong rings around these points."""
        self._ringed = indices
        self.update()

    def set_framed(self, *, framed: bool) -> None:
        """Draw a frame in accent around the map, or none."""
        self._framed = framed
        self.update()

    def set_line(self, line: QPolygonF | None) -> None:
        """Show a lasso that is being drawn, in pixels."""
        self._line = line
        self.update()

    def set_lasso(self, corners: np.ndarray | None) -> None:
        """Show a finished lasso (k, 2), in the map's coordinates."""
        self._line = None
        self._lasso = corners
        self.update()

    def fit(self) -> None:
        """Show the whole map."""
        self.transition.stop()
        self.scene.fit()
        self.redraw()

    def place_of(self, index: int) -> QPointF:
        """Return where a point lies in this widget."""
        x, y = self.scene.places[index].tolist()
        return QPointF(x, y)

    def picture(self, ratio: float) -> QImage:
        """Return the map with its legend as a picture, `ratio` times as fine as on the screen."""
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        painter = QPainter(image)
        self._paint(painter, _layers(self.scene.pictures(ratio)))
        self.legend.render(painter, self.legend.pos(), renderFlags=QWidget.RenderFlag.DrawChildren)
        painter.end()
        return image

    def redraw(self) -> None:
        """Draw the points anew at the next opportunity."""
        self._pictures = None
        self.update()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.tokens = tokens
        self.legend.set_tokens(tokens)
        self.redraw()

    def sizeHint(self) -> QSize:
        """Ask for a good part of the window."""
        return QSize(680, 620)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground, the points and the marks."""
        if self._pictures is None:
            self._pictures = _layers(self.scene.pictures(self.devicePixelRatioF()))
            self.redrawn.emit()
        painter = QPainter(self)
        self._paint(painter, self._pictures)
        if self._framed:
            painter.setPen(QPen(QColor(self.tokens.accent), STRONG))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle of the map in the middle."""
        super().resizeEvent(event)
        self.transition.stop()
        self.scene.resize((self.width(), self.height()))
        self._place_legend()
        self.redraw()

    def _paint(self, painter: QPainter, layers: list[_Layer]) -> None:
        painter.fillRect(self.rect(), QColor(self.tokens.stage))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_lasso(painter, self._outline(), self.tokens)
        for layer in layers:
            painter.drawImage(layer.corner, layer.image)
        places, visible = self.scene.places, self.scene.visible
        paint_rings(painter, places[self._marked[visible[self._marked]]], self.tokens.accent, THIN)
        paint_rings(painter, places[list(self._ringed)], self.tokens.text, STRONG)

    def _outline(self) -> QPolygonF | None:
        if self._line is not None or self._lasso is None:
            return self._line
        return QPolygonF([QPointF(x, y) for x, y in self.scene.camera.places(self._lasso).tolist()])

    def _hide_classes(self, codes: frozenset[int]) -> None:
        self.scene.hide(codes)
        self.redraw()

    def _glide(self, points: np.ndarray) -> None:
        self.scene.move_points(points)
        self.redraw()

    def _place_legend(self) -> None:
        self.legend.adjustSize()
        self.legend.move(LEGEND_MARGIN, self.height() - self.legend.height() - LEGEND_MARGIN)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A Qt picture over an array's own memory, with the array to keep it alive."""

    image: QImage
    corner: QPointF
    pixels: np.ndarray


def _layers(pictures: list[tuple[PointsImage, float]]) -> list[_Layer]:
    layers = []
    for picture, ratio in pictures:
        height, width, _ = picture.pixels.shape
        kind = QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(picture.pixels.data, width, height, 4 * width, kind)
        image.setDevicePixelRatio(ratio)
        corner = QPointF(picture.left / ratio, picture.top / ratio)
        layers.append(_Layer(image, corner, picture.pixels))
    return layers
