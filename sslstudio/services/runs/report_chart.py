"""A curve as a small picture inside a page: SVG without scripts.

Colours stand as attributes as well, for readers that leave a page's style out of its pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 560, 170
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 10, 22
LABEL = 12
MOST_POINTS = 400
FAR = 2.0
"""An anchor further away than this many heights of the curve is named, not drawn."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A named series of (step, value) with lines that mean something."""

    name: str
    points: tuple[tuple[int, float], ...]
    anchors: tuple[tuple[str, float], ...] = ()
    note: str = ""

    def drawn(self) -> str:
        """Return the picture as SVG; words alone if there is nothing to draw."""
        points = [(step, value) for step, value in self.points if math.isfinite(value)]
        if not points:
            return "<p>No value was recorded.</p>"
        frame = _Frame.around(points, [value for _, value in self.anchors])
        near = [anchor for anchor in self.anchors if frame.low <= anchor[1] <= frame.high]
        far = [anchor for anchor in self.anchors if anchor not in near]
        label = escape(f"{self.name}: {spoken(points[0][1])} to {spoken(points[-1][1])}")
        parts = [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">',
            *frame.axes(),
            *(frame.rule(name, value) for name, value in near),
            frame.curve(points),
            "</svg>",
            *(f"<p>{escape(name)}: {spoken(value)} (outside)</p>" for name, value in far),
        ]
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the picture's edges stand for."""

    first: int
    last: int
    low: float
    high: float

    @classmethod
    def around(cls, points: Sequence[tuple[int, float]], rules: Sequence[float]) -> _Frame:
        """Return a frame over the points and the rules that lie near them."""
        values = [value for _, value in points]
        low, high = min(values), max(values)
        reach = FAR * ((high - low) or abs(high) or 1.0)
        near = [rule for rule in rules if low - reach <= rule <= high + reach]
        low, high = min([low, *near]), max([high, *near])
        room = 0.06 * ((high - low) or abs(high) or 1.0)
        return cls(points[0][0], points[-1][0], low - room, high + room)

    def place(self, step: float, value: float) -> tuple[float, float]:
        """Return where a point lies in the picture."""
        across = (step - self.first) / max(1, self.last - self.first)
        up = (value - self.low) / (self.high - self.low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (
            HEIGHT - TOP - BOTTOM
        )

    def axes(self) -> list[str]:
        """Return the ends of both axes with their values."""
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        lines = [
            f'<path class="axis" stroke="#98A3B4" d="M{LEFT} {height}H{right}"/>'
            for height in (TOP, bottom)
        ]
        return [
            *lines,
            _text(LEFT - 6, TOP + 4, "end", spoken(self.high)),
            _text(LEFT - 6, bottom + 4, "end", spoken(self.low)),
            _text(LEFT, HEIGHT - 6, "start", f"step {self.first:,}"),
            _text(right, HEIGHT - 6, "end", f"{self.last:,}"),
        ]

    def rule(self, name: str, value: float) -> str:
        """Return an anchor as a dashed line with its name."""
        _, height = self.place(self.first, value)
        label = height - 4 if height > TOP + LABEL else height + LABEL
        words = _text(WIDTH - RIGHT, label, "end", f"{name} {spoken(value)}")
        return (
            f'<path class="rule" stroke="#C93A31" d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}"/>{words}'
        )

    def curve(self, points: Sequence[tuple[int, float]]) -> str:
        """Return the points as one line, thinned where there are more than can be seen."""
        stride = -(-len(points) // MOST_POINTS)
        kept = [*points[::stride], points[-1]]
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.place(*point) for point in kept))
        return f'<polyline class="curve" fill="none" stroke="#2563EB" points="{places}"/>'


def spoken(value: float) -> str:
    """Return a number with about four digits that count."""
    if not math.isfinite(value):
        return "not a number"
    return f"{value:,.4g}".replace("-", "\u2212")


def _text(x: float, y: float, anchor: str, words: str) -> str:
    place = f'x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"'
    return f'<text font-size="11" {place}>{escape(words)}</text>'
