"""Generated clips: a shape that drifts, turns, grows and shrinks before a background that pans."""

from __future__ import annotations

from typing import Final

import numpy as np

from sslstudio.services.datasets.scene import (
    BACKGROUNDS,
    COLOURS,
    TEXTURES,
    Draws,
    Scenes,
    balanced,
    draw_colours,
)

FRAMES: Final = 20
_SEED: Final = 73
_MIDDLE_RADIUS: Final = 0.61
_RADIUS_SWING: Final = 0.13
_SLOWEST: Final = 0.01
_FASTEST: Final = 0.05
"""Of a way there and back, per frame."""
_PAN: Final = 0.01
_LEAST_TURN: Final = 3.0
_MOST_TURN: Final = 12.0
"""Degrees per frame."""
_TIME: Final = np.arange(FRAMES, dtype=np.float64)[None]


def draw_moving_scenes(train: int, test: int) -> Scenes:
    """Return the factors of all frames, clip after clip: training clips first, always the same.

    Shape, colours and patterns belong to a clip; place, scale, rotation and the background's
    position change from frame to frame.
    """
    draws = Draws(np.random.PCG64(_SEED), train + test)
    shape = np.concatenate([balanced(draws.uniform()[:train]), balanced(draws.uniform()[train:])])
    colour = draws.choice(len(COLOURS))
    paint, ground = draw_colours(draws, colour)
    texture, background = draws.choice(len(TEXTURES)), draws.choice(len(BACKGROUNDS))
    radius = _MIDDLE_RADIUS + _RADIUS_SWING * _swung(draws)
    room = 1.0 - 0.80 * radius
    across, down = _swung(draws) * room, _swung(draws) * room
    start, speed = 360.0 * draws.uniform(), _signed(draws, _LEAST_TURN, _MOST_TURN)
    steady = [np.repeat(draws.uniform(), FRAMES) for _ in range(3)]
    angle = (draws.uniform()[:, None] + _signed(draws, 0.0, _PAN)[:, None] * _TIME) % 1.0
    pan = [0.5 + 0.5 * _swung(draws) for _ in range(2)]
    return Scenes(
        upright=False,
        shape=np.repeat(shape, FRAMES),
        colour=np.repeat(colour, FRAMES),
        texture=np.repeat(texture, FRAMES),
        background=np.repeat(background, FRAMES),
        position=np.stack([across.ravel(), down.ravel()], axis=1),
        scale=radius.ravel(),
        rotation=((start[:, None] + speed[:, None] * _TIME) % 360.0).ravel(),
        paint=np.repeat(paint, FRAMES, axis=0),
        ground=np.repeat(ground, FRAMES, axis=0),
        phases=np.stack([*steady, angle.ravel(), *(part.ravel() for part in pan)], axis=1),
    )


def _swung(draws: Draws) -> np.ndarray:
    """Return a way back and forth between -1 and 1 at a steady pace  # (clips, FRAMES)."""
    phase, speed = draws.uniform(), _signed(draws, _SLOWEST, _FASTEST)
    turns = phase[:, None] + speed[:, None] * _TIME
    way: np.ndarray = 4.0 * np.abs(turns - np.floor(turns) - 0.5) - 1.0
    return way


def _signed(draws: Draws, least: float, most: float) -> np.ndarray:
    """Return numbers between two limits, in either direction  # (clips,)."""
    size = least + (most - least) * draws.uniform()
    return np.where(draws.uniform() < 0.5, -size, size)
