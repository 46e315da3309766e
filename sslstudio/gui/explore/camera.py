"""Which part of a map is seen: the way from its coordinates to pixels and back, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

MARGIN_PX = 40
# A map of one point, or of equal ones, has no extent to fit.
SMALLEST_EXTENT = 1e-6
ZOOM_LIMITS = (0.2, 400.0)


@dataclass(frozen=True, slots=True)
class Camera:
    """Pixels to the unit, the map's point in the middle of the view, and the view's size."""

    scale: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    size: tuple[int, int] = (1, 1)
    fitted_scale: float = 1.0

    @classmethod
    def fitting(cls, points: np.ndarray, size: tuple[int, int]) -> Camera:
        """Return the camera that shows all points (n, 2) with a margin around them."""
        if len(points) == 0:
            return cls(size=size)
        low, high = points.min(axis=0), points.max(axis=0)
        room = [max(1, side - 2 * MARGIN_PX) for side in size]
        extent = np.maximum(high - low, SMALLEST_EXTENT)
        scale = float(min(room[0] / extent[0], room[1] / extent[1]))
        middle = (low + high) / 2
        return cls(scale, (float(middle[0]), float(middle[1])), size, scale)

    @property
    def zoom(self) -> float:
        """How much closer than the whole map."""
        return self.scale / self.fitted_scale

    def places(self, points: np.ndarray) -> np.ndarray:
        """Return where points float32 (n, 2) lie, in pixels from the top left, as float32."""
        # The centre first: far from the origin, float32 has no digits left for small differences.
        away = points - np.array(self.centre, dtype=np.float32)
        away *= np.array([self.scale, -self.scale], dtype=np.float32)
        away += np.array([self.size[0] / 2, self.size[1] / 2], dtype=np.float32)
        return np.asarray(away)

    def points(self, places: np.ndarray) -> np.ndarray:
        """Return the map's points (n, 2) at places in pixels."""
        factor = np.array([1 / self.scale, -1 / self.scale])
        middle = np.array([self.size[0] / 2, self.size[1] / 2])
        return np.asarray((places - middle) * factor + np.array(self.centre))

    def zoomed(self, factor: float, x: float, y: float) -> Camera:
        """Return the camera closer by `factor`, with the place (x, y) kept where it is."""
        low, high = (limit * self.fitted_scale for limit in ZOOM_LIMITS)
        scale = min(high, max(low, self.scale * factor))
        across, down = x - self.size[0] / 2, y - self.size[1] / 2
        change = 1 / self.scale - 1 / scale
        centre = (self.centre[0] + across * change, self.centre[1] - down * change)
        return replace(self, scale=scale, centre=centre)

    def panned(self, across: float, down: float) -> Camera:
        """Return the camera after the map was dragged by so many pixels."""
        centre = (self.centre[0] - across / self.scale, self.centre[1] + down / self.scale)
        return replace(self, centre=centre)

    def resized(self, size: tuple[int, int]) -> Camera:
        """Return the camera of a view of another size, with the middle kept."""
        return replace(self, size=size)
