"""What a map shows, as arrays: layout, camera, colours and what is hidden; without Qt."""

from __future__ import annotations

import math

import numpy as np

from sslstudio.gui.explore.camera import Camera
from sslstudio.gui.explore.colouring import Colouring
from sslstudio.gui.explore.points_image import (
    SMALLEST_RADIUS,
    STAMPED_LIMIT,
    PointsImage,
    drawn,
    ink,
)

OPACITY = 0.8
# While something is selected, the rest steps back.
REST_OPACITY = 0.4
SELECTED_OPACITY = 0.95
# Radius in pixels for up to so many points.
RADII = ((3_000, 2.0), (20_000, 1.6), (STAMPED_LIMIT, 1.25))
# The view for which these hold; points grow with a larger one where they are not too many.
RADII_VIEW = 680 * 620
GROWING_LIMIT = 20_000


class MapScene:
    """The state of a map and the pictures of its points; all changes go through methods."""

    def __init__(self) -> None:
        self.points = np.zeros((0, 2), dtype=np.float32)
        self.camera = Camera()
        self.colouring = Colouring(np.zeros((0, 3), np.uint8), np.zeros(0, np.int64))
        self.hidden: frozenset[int] = frozenset()
        self.selected = np.zeros(0, dtype=bool)
        self.visible = np.zeros(0, dtype=bool)
        self._is_fitted = True
        self._highlight = (-1, "")
        self._places: np.ndarray | None = None
        self._weights: tuple[np.ndarray, np.ndarray | None] | None = None

    @property
    def places(self) -> np.ndarray:
        """Where the points lie in the view, in pixels  # (n, 2)."""
        if self._places is None:
            self._places = self.camera.places(self.points)
        return self._places

    def set_points(self, points: np.ndarray) -> None:
        """Show another layout, whole; colours of another number of points are dropped."""
        if len(points) != len(self.points):
            count = len(points)
            self.colouring = Colouring(np.full((count, 3), 128, np.uint8), np.full(count, -1))
            self.selected = np.zeros(count, dtype=bool)
            self.hidden = frozenset()
            self._recolour()
        self.points = np.asarray(points, dtype=np.float32)
        self.fit()

    def move_points(self, points: np.ndarray) -> None:
        """Show the same points elsewhere, with the camera left where it is."""
        self.points = points
        self._places = None

    def fit(self) -> None:
        """Show the whole map."""
        self._is_fitted = True
        self._look(Camera.fitting(self.points, self.camera.size))

    def resize(self, size: tuple[int, int]) -> None:
        """Fill a view of another size; a map that was shown whole stays whole."""
        if self._is_fitted:
            self._look(Camera.fitting(self.points, size))
        else:
            self._look(self.camera.resized(size))

    def zoom(self, factor: float, x: float, y: float) -> None:
        """Come closer by `factor` with the place (x, y) kept."""
        self._is_fitted = False
        self._look(self.camera.zoomed(factor, x, y))

    def pan(self, across: float, down: float) -> None:
        """Drag the map by so many pixels."""
        self._is_fitted = False
        self._look(self.camera.panned(across, down))

    def set_colouring(self, colouring: Colouring) -> None:
        """Colour the points, and show all of them."""
        self.colouring = colouring
        self.hidden = frozenset()
        self._highlight = (-1, "")
        self._recolour()

    def hide(self, codes: frozenset[int]) -> None:
        """Hide the points of these classes."""
        self.hidden = codes
        self._recolour()

    def select(self, mask: np.ndarray) -> None:
        """Draw these points on top of the others; a mask of other images selects none."""
        self.selected = mask if len(mask) == len(self.points) else np.zeros(len(self.points), bool)
        self._weights = None

    def highlight(self, code: int, colour: str) -> bool:
        """Show a class that has no colour of its own in `colour`; return if that changed much."""
        if (code, colour) == self._highlight:
            return False
        before = self._coloured()
        self._highlight = (code, colour)
        changed = self._coloured() is not before
        if changed:
            self._weights = None
        return changed

    def pictures(self, ratio: float) -> list[tuple[PointsImage, float]]:
        """Return pictures of the points, to be painted in order, with their pixels to the unit.

        `ratio` is the screen's; the pictures of very many points are coarser.
        """
        if len(self.points) > STAMPED_LIMIT:
            # Four times the pixels would take longer than a frame.
            ratio = 1.0
        size = (round(self.camera.size[0] * ratio), round(self.camera.size[1] * ratio))
        places = self.places if ratio == 1 else self.places * np.float32(ratio)
        below, above = self._layers()
        radius = self._radius() * ratio
        pictures = [drawn(places, below, size, radius)]
        if above is not None:
            pictures.append(drawn(places[self.selected], above, size, radius))
        return [(picture, ratio) for picture in pictures]

    def _look(self, camera: Camera) -> None:
        self.camera = camera
        self._places = None

    def _recolour(self) -> None:
        hidden = np.fromiter(self.hidden, dtype=np.int64, count=len(self.hidden))
        self.visible = ~np.isin(self.colouring.codes, hidden)
        self._weights = None

    def _coloured(self) -> np.ndarray:
        code, colour = self._highlight
        return self.colouring.with_highlight(code, colour)

    def _layers(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the weights of all points, and of the selected ones that lie above them."""
        if self._weights is None:
            colours = self._coloured()
            opacity = np.where(self.visible, OPACITY, 0.0)
            above = None
            if self.selected.any():
                opacity = np.where(self.selected, 0.0, opacity * (REST_OPACITY / OPACITY))
                seen = self.visible[self.selected] * SELECTED_OPACITY
                above = ink(colours[self.selected], seen)
            self._weights = ink(colours, opacity), above
        return self._weights

    def _radius(self) -> float:
        count = len(self.points)
        base = next((radius for limit, radius in RADII if count <= limit), SMALLEST_RADIUS)
        # Rounded, because a stamp is made for every radius.
        growth = min(2.0, max(1.0, math.pow(self.camera.zoom, 0.3)))
        if count <= GROWING_LIMIT:
            room = math.prod(self.camera.size) / RADII_VIEW
            growth = min(2.0, growth * max(1.0, math.sqrt(math.sqrt(room))))
        return round(base * growth * 8) / 8
