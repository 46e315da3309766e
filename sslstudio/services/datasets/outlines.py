"""Ten shapes as signed distances: below zero inside, in units of the shape's radius."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

Plane = np.ndarray
"""Coordinates or distances of many points, float64."""

# Only + - * / sqrt, abs, min and max below: these round the same way on every machine.


def _disc(x: Plane, y: Plane) -> Plane:
    return _length(x, y) - 0.84


def _square(x: Plane, y: Plane) -> Plane:
    return _box(x, y, 0.72, 0.72)


def _triangle(x: Plane, y: Plane) -> Plane:
    # Half-planes of an equilateral triangle whose tip points up (y grows downwards).
    return _larger(y - 0.52, 0.8660254037844386 * np.abs(x) - 0.5 * y - 0.52)


def _star(x: Plane, y: Plane) -> Plane:
    # Two reflections fold all five arms onto one, where the outline is a single line.
    x = np.abs(x)
    x, y = _reflected(x, y, 0.8090169943749475, 0.5877852522924731)
    x, y = _reflected(x, y, -0.8090169943749475, 0.5877852522924731)
    x = np.abs(x)
    return 0.9233 * x - 0.3840 * (y + 1.0)


def _cross(x: Plane, y: Plane) -> Plane:
    return _smaller(_box(x, y, 0.88, 0.29), _box(x, y, 0.29, 0.88))


def _ring(x: Plane, y: Plane) -> Plane:
    return _larger(_length(x, y) - 0.88, 0.48 - _length(x, y))


def _crescent(x: Plane, y: Plane) -> Plane:
    return _larger(_length(x + 0.1, y) - 0.88, 0.7 - _length(x - 0.34, y))


def _heart(x: Plane, y: Plane) -> Plane:
    # A square on its corner with a disc on each of its two upper sides.
    x = np.abs(x)
    half = 0.5656854249492381
    diamond = 0.7071067811865476 * (x + np.abs(y - 0.05)) - half
    return _smaller(diamond, _length(x - 0.4, y + 0.35) - half)


def _arrow(x: Plane, y: Plane) -> Plane:
    x = np.abs(x)
    head = _larger(y + 0.02, 0.7474093 * x - 0.6643639 * (y + 0.95))
    return _smaller(head, _box(x, y - 0.42, 0.24, 0.5))


def _hourglass(x: Plane, y: Plane) -> Plane:
    y = np.abs(y)
    return _larger(y - 0.86, 0.8 * (np.abs(x) - 0.08) - 0.6 * y)


OUTLINES: Final[Mapping[str, Callable[[Plane, Plane], Plane]]] = MappingProxyType(
    {
        "disc": _disc,
        "square": _square,
        "triangle": _triangle,
        "star": _star,
        "cross": _cross,
        "ring": _ring,
        "crescent": _crescent,
        "heart": _heart,
        "arrow": _arrow,
        "hourglass": _hourglass,
    }
)


def _length(x: Plane, y: Plane) -> Plane:
    result: Plane = np.sqrt(x * x + y * y)
    return result


def _box(x: Plane, y: Plane, width: float, height: float) -> Plane:
    return _larger(np.abs(x) - width, np.abs(y) - height)


def _reflected(x: Plane, y: Plane, normal_x: float, normal_y: float) -> tuple[Plane, Plane]:
    beyond = 2.0 * _larger(x * normal_x + y * normal_y, 0.0)
    return x - beyond * normal_x, y - beyond * normal_y


def _larger(first: Plane, second: Plane | float) -> Plane:
    result: Plane = np.maximum(first, second)
    return result


def _smaller(first: Plane, second: Plane) -> Plane:
    result: Plane = np.minimum(first, second)
    return result
