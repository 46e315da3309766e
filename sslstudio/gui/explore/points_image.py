"""Points drawn into a picture with numpy; no graphics card, no Qt.

Up to some ten thousand points each get a round, antialiased stamp at their place. Beyond that they
are counted into pixels first, and the counts are spread to the size of a dot. Where points overlap,
opacity adds up as if one were painted over the other and the colour is the average, so that the
order in which they come never hides a class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import csc_array

STAMPED_LIMIT = 60_000
SMALLEST_RADIUS = 1.0
# Places are rounded to an eighth of a pixel: finer steps cannot be seen.
PHASES = 8
# Opacity 1 would need an infinite weight.
STRONGEST = 0.98
# The opacity at which the edges of dots are exactly smooth.
USUAL = 0.8
ROWS = 16
Dot = dict[float, list[tuple[int, int]]]
"""Shares of a dot's depth, each with the pixels that have it: how far down and across."""
ALONE: Dot = {1.0: [(0, 0)]}
SQUARE: Dot = {1.0: [(0, 0), (0, 1), (1, 0), (1, 1)]}


def ink(colours: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Return the weights (n, 4) of points with `colours` uint8 (n, 3) and `opacity` (n,)."""
    depth = -np.log1p(-np.minimum(opacity, STRONGEST).astype(np.float32))
    weights = np.empty((len(colours), 4), dtype=np.float32)
    weights[:, :3] = colours[:, ::-1]
    weights[:, 3] = 255
    weights *= depth[:, None]
    return weights


@dataclass(frozen=True, slots=True)
class PointsImage:
    """Premultiplied BGRA uint8 (h, w, 4), and the pixel of the view where its corner lies."""

    pixels: np.ndarray
    left: int
    top: int


def drawn(
    places: np.ndarray, weights: np.ndarray, size: tuple[int, int], radius: float
) -> PointsImage:
    """Return the points at `places` (n, 2), in pixels, in a picture no larger than they need.

    `weights` (n, 4) come from `ink`; `size` is the view's (width, height).
    """
    reach = math.ceil(radius + 0.5)
    shown = _inside(places, size, reach) & (weights[:, 3] > 0)
    count = np.count_nonzero(shown)
    if not count:
        return PointsImage(np.zeros((0, 0, 4), dtype=np.uint8), 0, 0)
    corner, room = (0, 0), size
    if count <= STAMPED_LIMIT:
        places, weights = places[shown], weights[shown]
        corner, room = _frame(places, size, reach)
    # The margin lets a dot that is cut by the edge be drawn like any other.
    margin = 2 * reach + 1
    canvas = (room[0] + 2 * margin, room[1] + 2 * margin)
    places = places + np.array([margin - corner[0], margin - corner[1]], dtype=np.float32)
    if count <= STAMPED_LIMIT:
        layers = _stamped(places, weights, canvas, radius)
        return PointsImage(_composed(layers, ALONE, margin), *corner)
    layers = _counted(places, weights, canvas)
    return PointsImage(_composed(layers, _dot(radius), margin), *corner)


def _inside(places: np.ndarray, size: tuple[int, int], reach: int) -> np.ndarray:
    return (
        (places[:, 0] > -reach)
        & (places[:, 1] > -reach)
        & (places[:, 0] < size[0] + reach)
        & (places[:, 1] < size[1] + reach)
    )


def _frame(
    places: np.ndarray, size: tuple[int, int], reach: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return corner and size of the part of the view that the dots cover."""
    low = np.floor(np.clip(places.min(axis=0) - reach, 0, None)).astype(int)
    high = np.ceil(np.clip(places.max(axis=0) + reach + 1, None, size)).astype(int)
    width, height = np.maximum(high - low, 1)
    return (int(low[0]), int(low[1])), (int(width), int(height))


def _stamped(
    places: np.ndarray, weights: np.ndarray, size: tuple[int, int], radius: float
) -> np.ndarray:
    """Add up the stamps of all points; (height, width, 4)."""
    stamps, reach = _stamps(radius)
    fine = (places * PHASES).astype(np.int32)
    pixel, phase = fine // PHASES, fine % PHASES
    first = (pixel[:, 1] - reach) * size[0] + pixel[:, 0] - reach
    side = np.arange(2 * reach + 1, dtype=np.int32)
    offsets = (side[:, None] * size[0] + side).reshape(-1)
    return _scattered(
        stamps[phase[:, 1] * PHASES + phase[:, 0]], first[:, None] + offsets, weights, size
    )


def _counted(places: np.ndarray, weights: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Add up the points in whole pixels; (height, width, 4)."""
    # What lies outside is counted into the margin, which is cheaper than leaving it out.
    last = np.array([size[0] - 1, size[1] - 1], dtype=np.float32)
    pixel = np.clip(places, np.float32(0), last).astype(np.int32)
    target = pixel[:, 1] * size[0] + pixel[:, 0]
    whole = np.ones((len(places), 1), dtype=np.float32)
    return _scattered(whole, target[:, None], weights, size)


def _scattered(
    cover: np.ndarray, targets: np.ndarray, weights: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Add `cover` (n, k) times the points' weights to the pixels `targets` (n, k).

    The result is (height, width, 4).
    """
    count, pixels = cover.shape
    ends = np.arange(0, count * pixels + 1, pixels, dtype=np.int32)
    shape = (size[0] * size[1], count)
    stamps = csc_array((cover.reshape(-1), targets.reshape(-1), ends), shape=shape)
    return np.asarray(stamps @ weights).reshape(size[1], size[0], 4)


@cache
def _stamps(radius: float) -> tuple[np.ndarray, int]:
    """Return the stamps of a dot at every phase (phases, k * k), and how far they reach."""
    reach = math.ceil(radius + 0.5)
    centre = (np.arange(PHASES, dtype=np.float32) + 0.5) / PHASES
    away = np.arange(-reach, reach + 1)[None] + 0.5 - centre[:, None]  # (phase, k)
    squared = away**2
    distance = np.sqrt(squared[:, None, :, None] + squared[None, :, None, :])
    return _depth_share(radius, distance).reshape(PHASES * PHASES, -1), reach


def _dot(radius: float) -> Dot:
    """Return which pixels around its own a dot deepens, and how much."""
    if radius <= SMALLEST_RADIUS:
        return SQUARE
    reach = math.ceil(radius)
    steps = np.arange(-reach, reach + 1)
    shares = _depth_share(radius, np.hypot(steps[:, None], steps[None]))
    dot: Dot = {}
    for row, column in zip(*np.nonzero(shares), strict=True):
        pixels = dot.setdefault(float(shares[row, column]), [])
        pixels.append((int(steps[row]), int(steps[column])))
    return dot


def _depth_share(radius: float, distance: np.ndarray) -> np.ndarray:
    """Return the share of its depth that a dot has in pixels at `distance` from its centre.

    A pixel that is half covered is to be half as opaque, which is less than half as deep.
    """
    cover = np.clip(radius + 0.5 - distance, 0.0, 1.0)
    return np.asarray(np.log1p(-USUAL * cover) / math.log1p(-USUAL), dtype=np.float32)


def _composed(layers: np.ndarray, dot: Dot, margin: int) -> np.ndarray:
    """Turn added weights (h, w, 4) into premultiplied BGRA uint8 without the margin.

    Every pixel is spread to the size of a dot on the way. A few rows at a time stay within the
    processor's cache: 1320 x 900 pixels take 7 ms, which are 16 ms at once.
    """
    height, width = layers.shape[0] - 2 * margin, layers.shape[1] - 2 * margin
    picture = np.empty((height, width, 4), dtype=np.uint8)
    for top in range(0, height, ROWS):
        rows = picture[top : top + ROWS]
        summed = np.zeros(rows.shape, dtype=np.float32)
        for share, pixels in dot.items():
            ring = np.zeros(rows.shape, dtype=np.float32)
            for down, across in pixels:
                first, left = margin + top - down, margin - across
                ring += layers[first : first + len(rows), left : left + width]
            summed += ring * np.float32(share)
        depth = summed[..., 3] / np.float32(255)
        opacity_by_depth = (1 - np.exp(-depth)) / np.maximum(depth, np.float32(1e-9))
        np.multiply(summed, opacity_by_depth[..., None], out=rows, casting="unsafe")
    return picture
