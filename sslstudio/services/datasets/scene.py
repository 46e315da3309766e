"""What every generated image shows: shape, colour, texture, background, place, size and turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sslstudio.services.datasets.outlines import OUTLINES
from sslstudio.services.datasets.palette import to_srgb

SIDE: Final = 32
COLOURS: Final = ("red", "orange", "olive", "green", "teal", "blue", "violet", "pink")
TEXTURES: Final = ("plain", "stripes", "dots", "checker", "grain")
BACKGROUNDS: Final = ("plain", "gradient", "spotlight", "bands", "grain")

HUES: Final = np.array([27.0, 62.0, 107.0, 145.0, 195.0, 255.0, 302.0, 350.0])
_UPRIGHT_TURN: Final = 15.0
_OWN_COLOUR_SHARE: Final = 0.7
"""In the upright variant, how often a shape has the colour that belongs to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """The factors of n images, and what of their look is drawn beside these."""

    upright: bool
    shape: np.ndarray
    colour: np.ndarray
    texture: np.ndarray
    background: np.ndarray
    position: np.ndarray
    """float64 (n, 2): the centre, right and down from the middle, in half widths."""
    scale: np.ndarray
    """float64 (n,): the radius in half widths."""
    rotation: np.ndarray
    """float64 (n,): degrees."""
    paint: np.ndarray
    """int32 (n, 2, 3): the two colours of the shape."""
    ground: np.ndarray
    """int32 (n, 2, 3): the two colours of the background."""
    phases: np.ndarray
    """float64 (n, 6) in [0, 1): shifts, angles and periods of the patterns."""


def draw_scenes(train: int, test: int, *, upright: bool) -> Scenes:
    """Return the factors of the training images, then of the test images; always the same.

    Shapes are equally frequent in both parts. All factors are independent, except that in the
    upright variant the rotation stays small and most shapes have a colour of their own.
    """
    draws = Draws(np.random.PCG64(71 if upright else 70), train + test)
    shape = np.concatenate([balanced(draws.uniform()[:train]), balanced(draws.uniform()[train:])])
    colour = draws.choice(len(COLOURS))
    turn = draws.uniform()
    own = draws.uniform() < _OWN_COLOUR_SHARE
    radius = 0.48 + 0.26 * draws.uniform()
    room = 1.0 - 0.80 * radius
    across, down = draws.uniform(), draws.uniform()
    colour = np.where(own & upright, shape % len(COLOURS), colour)
    paint, ground = draw_colours(draws, colour)
    return Scenes(
        upright=upright,
        shape=shape,
        colour=colour,
        texture=draws.choice(len(TEXTURES)),
        background=draws.choice(len(BACKGROUNDS)),
        position=np.stack([(2 * across - 1) * room, (2 * down - 1) * room], axis=1),
        scale=radius,
        rotation=(2 * turn - 1) * _UPRIGHT_TURN if upright else 360.0 * turn,
        paint=paint,
        ground=ground,
        phases=np.stack([draws.uniform() for _ in range(6)], axis=1),
    )


class Draws:
    """Uniform numbers made from the raw words of a generator, whose stream is fixed for ever."""

    def __init__(self, generator: np.random.PCG64, count: int) -> None:
        self._generator = generator
        self._count = count

    def uniform(self) -> np.ndarray:
        """Return numbers in [0, 1)."""
        words: np.ndarray = self._generator.random_raw(self._count)
        return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def choice(self, options: int) -> np.ndarray:
        """Return whole numbers below `options`."""
        return (self.uniform() * options).astype(np.int64)


def balanced(draw: np.ndarray) -> np.ndarray:
    """Return a shape for each number, all equally frequent."""
    return np.argsort(draw, kind="stable") % len(OUTLINES)


def draw_colours(draws: Draws, colour: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two colours of the shape and two of the background, far apart in lightness."""
    dark = draws.uniform() < 0.5
    depth, strength, shift = draws.uniform(), draws.uniform(), draws.uniform()
    lightness = np.where(dark, 0.70 + 0.08 * depth, 0.50 + 0.10 * depth)
    second = lightness + np.where(dark, 0.13, -0.15)
    hue = HUES[colour] + 14.0 * (shift - 0.5)
    chroma = 0.13 + 0.05 * strength
    paint = np.stack([to_srgb(lightness, chroma, hue), to_srgb(second, chroma, hue)], axis=1)
    depth, strength, shift = draws.uniform(), draws.uniform(), draws.uniform()
    lightness = np.where(dark, 0.20 + 0.16 * depth, 0.84 + 0.13 * depth)
    second = lightness + np.where(dark, 0.19, -0.15)
    hue, chroma = 360.0 * shift, 0.02 + 0.08 * strength
    ground = np.stack([to_srgb(lightness, chroma, hue), to_srgb(second, chroma, hue)], axis=1)
    return paint, ground
