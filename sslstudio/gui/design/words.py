"""Short words for parts, so that they fit on blocks and pills; no Qt here."""

from __future__ import annotations

from collections.abc import Mapping

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.spec import (
    EncoderSpec,
    LossSpec,
    ProjectorSpec,
    Spec,
    UnknownSpec,
)

MILLION = 1_000_000
USUAL = (
    "random-resized-crop",
    "horizontal-flip",
    "color-jitter",
    "grayscale",
    "gaussian-blur",
    "solarize",
    "normalise",
)
"""Operations that nearly every method uses."""


def short_name(kind: str, entries: Mapping[str, Entry]) -> str:
    """Return the last word of a choice's title, or as many as tell it from its neighbours.

    What nearly every method uses keeps its last word; its neighbours give way.
    """
    entry = entries.get(kind)
    if entry is None:
        return kind.replace("-", " ")
    words = entry.title.lower().split()
    if kind in USUAL:
        return words[-1]
    others = [other.title.lower().split() for other in entries.values() if other is not entry]
    for count in range(1, len(words)):
        if all(other[-count:] != words[-count:] for other in others):
            return " ".join(words[-count:])
    return " ".join(words)


def last_word(title: str) -> str:
    """Return the word of a title that says what the thing is, such as crop or jitter."""
    return title.lower().split()[-1] if title else ""


def family_of(part: Spec) -> str:
    """Return the family of a part, also of one that this build does not know."""
    return part.missing_family if isinstance(part, UnknownSpec) else part.family


def title_of(part: Spec, entries: Mapping[str, Entry]) -> str:
    """Return the title of a part's kind."""
    entry = entries.get(part.kind)
    return part.kind if entry is None else entry.title


def summary_of(part: Spec, entries: Mapping[str, Entry]) -> str:
    """Return one sentence on a part's kind."""
    if isinstance(part, UnknownSpec):
        return "This build does not know this part. It is kept as it is."
    entry = entries.get(part.kind)
    return entry.summary if entry is not None and entry.summary else question_of(part)


def question_of(part: Spec) -> str:
    """Return the first sentence that the part's author wrote about it."""
    return (type(part).__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


def brief(part: Spec, entries: Mapping[str, Entry]) -> str:
    """Return what a block says about its part: kind and chief setting."""
    title = title_of(part, entries)
    if isinstance(part, UnknownSpec):
        return f"{part.kind}: unknown"
    if isinstance(part, EncoderSpec):
        return _encoder(part, title)
    if isinstance(part, ProjectorSpec):
        widths = [str(value) for value in _plain_values(part) if _is_whole(value)][:2]
        return f"{title} {'-'.join(widths)}" if widths else title.lower()
    if isinstance(part, LossSpec):
        return title
    numbers = [value for value in _plain_values(part) if isinstance(value, int | float)]
    words = part.kind.replace("-", " ")
    return f"{words} {numbers[0]:g}" if numbers else words


def is_nothing(part: Spec) -> bool:
    """Return whether a head is the one that changes nothing."""
    return part.kind == "none"


def details(part: Spec) -> str:
    """Return every visible setting of a part, for its tooltip."""
    shown = (
        f"{field.ui.label}: {_value(getattr(part, field.name))}"
        for field in _plain_fields(part)
        if getattr(part, field.name) is not None
    )
    return "\n".join(shown)


def count_words(number: float) -> str:
    """Return a large number in few characters, such as 11.2 M."""
    if number >= MILLION:
        return f"{number / MILLION:.1f}\N{NO-BREAK SPACE}M"
    if number >= 10_000:
        return f"{number / 1000:.0f}\N{NO-BREAK SPACE}k"
    return f"{number:,.0f}"


def spent_words(milliseconds: float) -> str:
    """Return a share of a step in three figures at most, in milliseconds or seconds."""
    if milliseconds >= 999.5:
        return f"{milliseconds / 1000:.3g} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 99.5 else f"{milliseconds:.2g} ms"


def _encoder(part: Spec, title: str) -> str:
    fields = _plain_fields(part)
    if not fields:
        return title
    chief, value = fields[0], getattr(part, fields[0].name)
    if chief.choices and value != "auto":
        return f"{title}-{value}"
    return value if isinstance(value, str) and value else title


def _plain_fields(part: Spec) -> list[FieldSchema]:
    fields = [field for field in schema_of(type(part)) if not field.ui.advanced]
    return [field for field in fields if not field.is_part and not field.is_pipeline]


def _plain_values(part: Spec) -> list[object]:
    return [getattr(part, field.name) for field in _plain_fields(part)]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return " to ".join(_value(item) for item in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
