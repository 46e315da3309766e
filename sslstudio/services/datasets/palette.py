"""Colours of equal apparent strength, by lightness, chroma and hue."""

from __future__ import annotations

import numpy as np

# Oklab (Ottosson 2020): lightness and two opponent axes to cone responses, then to linear sRGB.
_TO_CONES = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def to_srgb(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """Return sRGB colours as whole numbers 0 to 255, int32 (n, 3); the hue is in degrees."""
    angle = np.deg2rad(hue)
    axes = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=1)
    linear = _product((_product(axes, _TO_CONES)) ** 3, _TO_LINEAR).clip(0.0, 1.0)
    curved = 1.055 * linear ** (1.0 / 2.4) - 0.055
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, curved)
    return (encoded * 255.0).round().astype(np.int32)


def _product(vectors: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    # Written out: a matrix library may add in another order on another machine.
    columns = [vectors[:, 0:1] * row[0] + vectors[:, 1:2] * row[1] for row in matrix]
    return np.concatenate(
        [part + vectors[:, 2:3] * row[2] for part, row in zip(columns, matrix, strict=True)], axis=1
    )
