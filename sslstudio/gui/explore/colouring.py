"""How the points of a map are coloured, as arrays and names; without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sslstudio.gui.class_palette import CYCLE, REST_COLOUR, VIRIDIS
from sslstudio.gui.tokens import rgb

COLOURED_CLASSES = 20
"""Classes beyond these share one grey until one of them is hovered or picked."""
# Single points far out would squeeze all others into one colour.
CLIPPED_PERCENT = 1.0


@dataclass(frozen=True, slots=True)
class Colouring:
    """Colours of n points, with what a legend says about them."""

    colours: np.ndarray
    """uint8 (n, 3)."""
    codes: np.ndarray
    """Which name belongs to each point; -1 for none."""
    names: tuple[str, ...] = ()
    swatches: tuple[str, ...] = ()
    """The colour of each name."""
    label: str = ""
    """What a continuous colouring shows."""
    span: tuple[float, float] = (0.0, 1.0)
    """The values at the ends of the colour bar."""
    values: np.ndarray | None = None
    ramp: tuple[tuple[int, int, int], ...] = VIRIDIS
    """256 colours from the lowest value to the highest."""

    @property
    def is_continuous(self) -> bool:
        """True if the colours show a number."""
        return self.values is not None

    def words(self, place: int) -> str:
        """Return what the colour of a point says: a name, or a label with its number."""
        if self.values is not None:
            value = float(self.values[place])
            return f"{self.label} {value:.3g}" if np.isfinite(value) else ""
        code = int(self.codes[place])
        return self.names[code] if code >= 0 else ""

    def with_highlight(self, code: int, colour: str) -> np.ndarray:
        """Return the colours with a class beyond the palette shown in `colour`."""
        if code < COLOURED_CLASSES:
            return self.colours
        colours = self.colours.copy()
        colours[self.codes == code] = rgb(colour)
        return colours


def by_class(codes: np.ndarray, names: Sequence[str], palette: Sequence[str]) -> Colouring:
    """Return a colouring by class; -1 means that nothing is known about a point."""
    coloured = min(COLOURED_CLASSES, len(palette))
    swatches = tuple(
        palette[code] if code < coloured else REST_COLOUR for code in range(len(names))
    )
    table = np.array([rgb(colour) for colour in (*swatches, REST_COLOUR)], dtype=np.uint8)
    codes = np.asarray(codes, dtype=np.int64)
    return Colouring(table[codes], codes, tuple(names), swatches)


def by_value(values: np.ndarray, label: str) -> Colouring:
    """Return a colouring by a number, from dark for little to bright for much."""
    return _graded(values, label, VIRIDIS)


def by_angle(degrees: np.ndarray, label: str) -> Colouring:
    """Return a colouring by an angle, in which 0 and 360 degrees look alike."""
    return _graded(np.asarray(degrees) % 360.0, label, CYCLE, span=(0.0, 360.0))


def _graded(
    values: np.ndarray,
    label: str,
    ramp: tuple[tuple[int, int, int], ...],
    span: tuple[float, float] | None = None,
) -> Colouring:
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    span = span or _span(values[known])
    share = np.where(known, (values - span[0]) / (span[1] - span[0]), 0.0)
    table = np.array(ramp, dtype=np.uint8)
    colours = table[np.clip(255 * share, 0, 255).astype(np.int64)]
    colours[~known] = rgb(REST_COLOUR)
    codes = np.full(len(values), -1)
    return Colouring(colours, codes, label=label, span=span, values=values, ramp=ramp)


def _span(known: np.ndarray) -> tuple[float, float]:
    if not len(known):
        return 0.0, 1.0
    low, high = np.percentile(known, [CLIPPED_PERCENT, 100 - CLIPPED_PERCENT])
    return float(low), float(high) if high > low else float(low) + 1.0
