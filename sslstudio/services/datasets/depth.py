"""Pictures with more than 256 grey levels, brought to 8 bits by percentiles."""

from __future__ import annotations

import numpy as np
from PIL import Image

LOW_PERCENTILE = 0.5
HIGH_PERCENTILE = 99.5
LEVELS = 65536

DEEP_MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})


def sixteen_bit_values(picture: Image.Image) -> np.ndarray | None:
    """Return the grey values of a 16-bit picture; None if they do not fit 16 bits."""
    values = np.asarray(picture)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() >= LEVELS:
        return None
    return values.astype(np.uint16)


def histogram_range(histogram: np.ndarray) -> tuple[int, int]:
    """Return the values at the low and the high percentile of a histogram of 16-bit values."""
    counted = np.cumsum(histogram)
    total = int(counted[-1])
    low = int(np.searchsorted(counted, total * LOW_PERCENTILE / 100.0, side="right"))
    high = int(np.searchsorted(counted, total * HIGH_PERCENTILE / 100.0, side="left"))
    return low, high


def to_eight_bits(picture: Image.Image, limits: tuple[int, int] | None) -> Image.Image:
    """Return the picture with `limits`, or its own percentiles, as black and white."""
    values = np.asarray(picture).astype(np.float64)
    finite = values[np.isfinite(values)]
    if limits is None and finite.size:
        low, high = np.percentile(finite, [LOW_PERCENTILE, HIGH_PERCENTILE])
    else:
        low, high = limits or (0, 1)
    span = max(float(high - low), 1e-12)
    scaled = np.nan_to_num((values - low) / span, nan=0.0, posinf=1.0, neginf=0.0)
    return Image.fromarray((scaled.clip(0.0, 1.0) * 255.0).round().astype(np.uint8))
