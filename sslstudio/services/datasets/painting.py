"""Paints generated scenes: outlines by signed distance, patterns, light and shadow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from sslstudio.services.datasets.outlines import OUTLINES, Plane
from sslstudio.services.datasets.scene import BACKGROUNDS, SIDE, TEXTURES, Scenes

_HALF: Final = SIDE / 2
_SAMPLES: Final = 2
"""Along each side of a pixel; with the distance itself smoothing, edges have many levels."""
_ONE: Final = 256
"""Shares are whole numbers up to this, so that mixing colours rounds the same everywhere."""
_SHADOW_DROP: Final = 0.11
_SHADOW_WIDTH: Final = 3.0
_SHADOW_DEPTH: Final = 70
_LIGHT: Final = 26


@dataclass(frozen=True, slots=True)
class _Canvas:
    """Points on which a pattern is evaluated; every member is (n, points) or (n, 1)."""

    x: Plane
    y: Plane
    phases: Plane
    """(n, 6)"""
    noise: Plane
    """0 to 1"""

    def phase(self, number: int) -> Plane:
        """Return one of the scene's random numbers."""
        return self.phases[:, number : number + 1]

    def rows(self, chosen: np.ndarray) -> _Canvas:
        """Return the canvas of some of the images."""
        return _Canvas(self.x[chosen], self.y[chosen], self.phases[chosen], self.noise[chosen])


def paint(scenes: Scenes, chosen: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return pictures of the chosen scenes, which share one shape, uint8 (n, 3, side, side).

    `noise` is uint8 (n, 2, side * side).
    """
    grey = noise / 255.0
    x, y = (np.repeat(axis, len(chosen), axis=0) for axis in _grid(1))
    phases = scenes.phases[chosen]
    texture = _pattern(
        _TEXTURES,
        scenes.texture[chosen],
        _Canvas(*_turned(scenes, chosen, x, y), phases, grey[:, 0]),
    )
    ground = _pattern(_BACKGROUNDS, scenes.background[chosen], _Canvas(x, y, phases, grey[:, 1]))
    front = _mixed(scenes.paint[chosen], texture)
    back = _mixed(scenes.ground[chosen], ground)
    if scenes.upright:
        front = front + _light(scenes, chosen, y)
        shadow = _soft_shadow(scenes, chosen, x, y) * _SHADOW_DEPTH
        back = back * (_ONE * _ONE - shadow)[:, None] // (_ONE * _ONE)
    share = _coverage(scenes, chosen)[:, None]
    pictures = (back * (_ONE - share) + front * share + _ONE // 2) // _ONE
    finished: np.ndarray = pictures.clip(0, 255).astype(np.uint8)
    return finished.reshape(-1, 3, SIDE, SIDE)


def _grid(samples: int) -> tuple[Plane, Plane]:
    # Pixel centres from -1 to 1; (1, points) each.
    steps = (np.arange(SIDE * samples) + 0.5) / (_HALF * samples) - 1.0
    return np.tile(steps, len(steps))[None], np.repeat(steps, len(steps))[None]


def _turned(scenes: Scenes, chosen: np.ndarray, x: Plane, y: Plane) -> tuple[Plane, Plane]:
    """Return the points in the shape's own frame, in half widths."""
    angle = np.deg2rad(scenes.rotation[chosen])
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x = x - scenes.position[chosen, 0:1]
    y = y - scenes.position[chosen, 1:2]
    return x * cosine + y * sine, y * cosine - x * sine


def _distance(scenes: Scenes, chosen: np.ndarray, x: Plane, y: Plane) -> Plane:
    """Return how many pixels each point is outside the shape."""
    outline = tuple(OUTLINES.values())[int(scenes.shape[chosen[0]])]
    radius: Plane = scenes.scale[chosen][:, None]
    x, y = _turned(scenes, chosen, x, y)
    distance: Plane = outline(x / radius, y / radius) * radius * _HALF
    return distance


def _coverage(scenes: Scenes, chosen: np.ndarray) -> np.ndarray:
    inside = (0.5 - _SAMPLES * _distance(scenes, chosen, *_grid(_SAMPLES))).clip(0.0, 1.0)
    side = (len(chosen), SIDE, _SAMPLES, SIDE, _SAMPLES)
    return _shares(inside.reshape(side).mean(axis=(2, 4)).reshape(len(chosen), -1))


def _soft_shadow(scenes: Scenes, chosen: np.ndarray, x: Plane, y: Plane) -> np.ndarray:
    distance = _distance(scenes, chosen, x, y - _SHADOW_DROP)
    return _shares(0.5 - distance / _SHADOW_WIDTH)


def _light(scenes: Scenes, chosen: np.ndarray, y: Plane) -> np.ndarray:
    above: Plane = (scenes.position[chosen, 1:2] - y) / scenes.scale[chosen][:, None]
    brighter: np.ndarray = (above.clip(-1.0, 1.0) * _LIGHT).round().astype(np.int32)
    return brighter[:, None]


def _shares(values: Plane) -> np.ndarray:
    whole: np.ndarray = (values.clip(0.0, 1.0) * _ONE).round().astype(np.int32)
    return whole


def _mixed(colours: np.ndarray, share: np.ndarray) -> np.ndarray:
    # colours (n, 2, 3), share (n, points) -> (n, 3, points)
    first, second = colours[:, 0, :, None], colours[:, 1, :, None]
    mixed: np.ndarray = first + (second - first) * share[:, None] // _ONE
    return mixed


def _pattern(
    kinds: Mapping[str, Callable[[_Canvas], Plane]], kind: np.ndarray, canvas: _Canvas
) -> np.ndarray:
    """Return how much of the second colour shows, 0 to 256, int32 (n, points)."""
    share = np.zeros_like(canvas.x)
    for number, draw in enumerate(kinds.values()):
        rows = kind == number
        share[rows] = draw(canvas.rows(rows))
    return _shares(share)


def _plain(canvas: _Canvas) -> Plane:
    return np.zeros_like(canvas.x)


def _stripes(canvas: _Canvas) -> Plane:
    return _wave(canvas.x + canvas.phase(0), _period(canvas), _HALF)


def _checker(canvas: _Canvas) -> Plane:
    period = 1.5 * _period(canvas)
    across = _wave(canvas.x + canvas.phase(0), period, _HALF)
    either: Plane = np.abs(across - _wave(canvas.y + canvas.phase(1), period, _HALF))
    return either


def _dots(canvas: _Canvas) -> Plane:
    period = 1.15 * _period(canvas)
    across = (canvas.x + canvas.phase(0)) / period
    down = (canvas.y + canvas.phase(1)) / period
    across = across - np.floor(across) - 0.5
    down = down - np.floor(down) - 0.5
    distance: Plane = np.sqrt(across * across + down * down) - 0.32
    return 0.5 - distance * period * _HALF


def _grain(canvas: _Canvas) -> Plane:
    return 0.75 * canvas.noise


def _gradient(canvas: _Canvas) -> Plane:
    return 0.5 + 0.36 * _along(canvas)


def _spotlight(canvas: _Canvas) -> Plane:
    across = canvas.x - canvas.phase(4) + 0.5
    down = canvas.y - canvas.phase(5) + 0.5
    falloff: Plane = 1.0 - 0.55 * np.sqrt(across * across + down * down)
    return falloff


def _bands(canvas: _Canvas) -> Plane:
    return _wave(_along(canvas) + canvas.phase(4), 0.5 + 0.35 * canvas.phase(5), 6.0)


def _period(canvas: _Canvas) -> Plane:
    return 0.34 + 0.12 * canvas.phase(2)


def _along(canvas: _Canvas) -> Plane:
    angle = 2.0 * np.pi * canvas.phase(3)
    along: Plane = canvas.x * np.cos(angle) + canvas.y * np.sin(angle)
    return along


def _wave(along: Plane, period: Plane, slope: float) -> Plane:
    """Return a square wave of 0 and 1 whose edges are `1 / slope` half widths wide."""
    phase = along / period
    triangle: Plane = np.abs(phase - np.floor(phase) - 0.5) - 0.25
    wave: Plane = (0.5 + triangle * period * slope).clip(0.0, 1.0)
    return wave


_KINDS: Final[Mapping[str, Callable[[_Canvas], Plane]]] = MappingProxyType(
    {
        "plain": _plain,
        "stripes": _stripes,
        "dots": _dots,
        "checker": _checker,
        "grain": _grain,
        "gradient": _gradient,
        "spotlight": _spotlight,
        "bands": _bands,
    }
)
_TEXTURES: Final = {name: _KINDS[name] for name in TEXTURES}
_BACKGROUNDS: Final = {name: _KINDS[name] for name in BACKGROUNDS}
