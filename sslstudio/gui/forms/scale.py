"""Numbers on a slider: which round values it offers, and how they are written and read."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import ceil, floor, isnan, log2, log10

from sslstudio.domain.fields import Range

# A step of about a fiftieth is five pixels of an inspector's slider: easy to hit.
STEPS = 50
LARGEST_GRID = 600
TEN_MANTISSAS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
TWO_MANTISSAS = (1.0, 1.25, 1.5, 1.75)
SHARE = "share"


@dataclass(frozen=True)
class Scale:
    """The values of one number field, between its limits and in its unit."""

    range: Range
    whole: bool
    unit: str = ""

    @cached_property
    def values(self) -> tuple[float, ...]:
        """The round values the slider offers, both limits among them."""
        low, high = self.range.low, self.range.high
        inner = self._log_values() if self.range.log and low > 0 else self._even_values()
        if self.whole:
            inner = [float(round(value)) for value in inner]
        kept = {value for value in inner if low < value < high}
        return (low, *sorted(kept), high)

    @property
    def fits_slider(self) -> bool:
        """True unless the whole numbers are too many to be met with a slider."""
        spans = self.range.high - self.range.low
        return not self.whole or self.range.log or spans <= LARGEST_GRID

    def position(self, value: float) -> int:
        """Return the place of the offered value nearest to a value."""
        values = self.values
        after = min(bisect_left(values, value), len(values) - 1)
        before = max(after - 1, 0)
        return min((before, after), key=lambda place: abs(values[place] - value))

    def at(self, position: int) -> float | int:
        """Return the value at a place."""
        value = self.values[position]
        return round(value) if self.whole else value

    def text(self, value: float) -> str:
        """Return a value with its unit, as it stands beside the label."""
        if self.unit == SHARE:
            return f"{round(value * 100, 4):g} %"
        number = self.number(value)
        if self.unit.startswith("±"):
            return f"± {number} {self.unit[1:].strip()}".strip()
        return f"{number} {self.unit}".strip()

    def pair_text(self, low: float, high: float) -> str:
        """Return two values with their unit."""
        first = self.text(low) if self.unit == SHARE else self.number(low)
        return f"{first} to {self.text(high)}"

    def number(self, value: float) -> str:
        """Return a value in figures."""
        if self.whole:
            return f"{round(value):,}"
        if self.range.log:
            return _short(value)
        places = self._places
        if abs(round(value, places) - value) < 1e-9:
            return f"{value:.{places}f}"
        return f"{value:.6g}"

    def read(self, text: str) -> float | int | None:
        """Return the number a person typed, within the limits; None if it is none."""
        words = text.strip().removeprefix("±").removesuffix(self.unit.removeprefix("±").strip())
        percent = words.strip().endswith("%")
        try:
            value = float(_plain(words.strip().removesuffix("%")))
        except ValueError:
            return None
        if isnan(value):
            return None
        if percent or (self.unit == SHARE and value > 1):
            value /= 100
        value = min(max(value, self.range.low), self.range.high)
        return round(value) if self.whole else value

    @cached_property
    def _step(self) -> float:
        raw = (self.range.high - self.range.low) / STEPS
        if self.whole and raw <= LARGEST_GRID / STEPS:
            return 1.0
        size = 10.0 ** floor(log10(raw)) if raw > 0 else 1.0
        step = next(size * digit for digit in (1, 2, 5, 10) if size * digit >= raw * (1 - 1e-9))
        return float(max(step, 1)) if self.whole else step

    @property
    def _places(self) -> int:
        return max(0, -floor(log10(self._step) + 1e-9))

    def _even_values(self) -> list[float]:
        steps = ceil((self.range.high - self.range.low) / self._step)
        places = self._places + 1
        return [round(self.range.low + n * self._step, places) for n in range(1, steps)]

    def _log_values(self) -> list[float]:
        binary = self.whole and _is_power(self.range.low) and _is_power(self.range.high)
        base, mantissas = (2.0, TWO_MANTISSAS) if binary else (10.0, TEN_MANTISSAS)
        start = floor(log2(self.range.low) if binary else log10(self.range.low))
        found: list[float] = []
        for exponent in count(start):
            size = base**exponent
            if size > self.range.high:
                return found
            found += [float(f"{size * mantissa:.6g}") for mantissa in mantissas]
        return found


def _short(value: float) -> str:
    if value != 0 and abs(value) < 1e-3:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:.4g}"


def _is_power(value: float) -> bool:
    return value > 0 and log2(value).is_integer()


def _plain(text: str) -> str:
    """Read both 1,024 and 0,5 as a person means them."""
    compact = text.replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
    head, comma, tail = compact.partition(",")
    if comma and "," not in tail and "." not in tail and len(tail) != 3:
        return f"{head}.{tail}"
    return compact.replace(",", "")
