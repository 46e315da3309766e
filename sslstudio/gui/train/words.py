"""Numbers and times as a person reads them."""

from __future__ import annotations

import math

MINUS = "\u2212"


def number(value: float, digits: int = 2) -> str:
    """Return a value with fixed digits, thousands apart and a true minus sign."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    text = f"{value:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if float(text.replace(",", "")) == 0 else MINUS + text[1:]
    return text


def short(value: float) -> str:
    """Return about three digits of any magnitude: 6.24, 0.031, 2.4e-5, 12,400."""
    size = abs(value)
    if not math.isfinite(value) or size == 0:
        return number(value, 0)
    if size < 0.001 or size >= 1e6:
        return scientific(value)
    digits = 0 if size >= 1000 else max(0, 2 - math.floor(math.log10(size)))
    return number(value, digits)


def plain(value: float) -> str:
    """Return a value as a person would write it, without zeros that say nothing: 0.6, 44.8."""
    if not math.isfinite(value) or abs(value) >= 1e5 or 0 < abs(value) < 1e-4:
        return short(value)
    return f"{float(f'{value:.4g}'):,g}".replace("-", MINUS)


def scientific(value: float) -> str:
    """Return a learning rate as it is written in papers: 2.4e-3."""
    if value == 0 or not math.isfinite(value):
        return number(value, 0)
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)


def memory(amount: int) -> str:
    """Return bytes as MB or GB; a dash where nothing was measured."""
    if amount <= 0:
        return "\u2013"
    if amount < 1e9:
        return f"{amount / 1e6:,.0f} MB"
    return f"{amount / 1e9:.1f} GB"


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: 5 min 54 s, 2 h 10 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def time_left(seconds: float) -> str:
    """Return the time left in words that do not pretend to know the last second."""
    if seconds < 10:
        return "under 10 s left"
    if seconds < 50:
        return f"{5 * round(seconds / 5)} s left"
    if seconds < 75:
        return "about a minute left"
    return f"{duration(seconds)} left"


def remaining(progress: float, seconds: float) -> str:
    """Return the time left after `seconds` for a share of the budget; says so while unknown."""
    if progress >= 1:
        return "budget used"
    if progress <= 0 or seconds <= 0:
        return "measuring speed"
    return time_left(seconds / progress - seconds)


def steps_done(step: int, total: int | None) -> str:
    """Return how far a run is, in steps."""
    return f"{step:,} of {total:,} steps" if total else f"step {step:,}"


def humanised(name: str) -> str:
    """Return a programmer's name as words: `effective_rank` becomes `Effective rank`."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def edit_label(path: str, value: object) -> str:
    """Return an edit of a running recipe in words: `Temperature set to 0.1`."""
    field = humanised(path.rsplit(".", maxsplit=1)[-1])
    shown = short(value) if isinstance(value, float) else str(value)
    return f"{field} set to {shown}"
