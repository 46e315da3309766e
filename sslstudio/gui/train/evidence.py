"""How a run stands in words: one headline, and the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sslstudio.domain.collapse import LIMITS
from sslstudio.domain.diagnosis import meanings, numbers_of
from sslstudio.domain.events import GaugeCard
from sslstudio.domain.run import RunSummary
from sslstudio.gui.train.trace import VERDICT_WORDS
from sslstudio.gui.train.words import number, plain

RunState = Literal[
    "idle", "starting", "training", "paused", "stopping", "done", "interrupted", "failed"
]
Tone = Literal["neutral", "accent", "ok", "warn", "alarm"]

HealthWord = Literal["healthy", "low", "high", ""]

TONES: dict[str, Tone] = {
    "warming-up": "accent",
    "learning": "ok",
    "stalled": "warn",
    "collapsed": "alarm",
    "diverged": "alarm",
}

LIMITED = (
    GaugeCard(
        name="rank_share",
        label="Rank share",
        how_to_read="",
        healthy=(LIMITS.rank_share, math.inf),
    ),
    GaugeCard(
        name="spread_z",
        label="Projected spread",
        how_to_read="",
        healthy=(LIMITS.projected_spread, math.inf),
    ),
    GaugeCard(
        name="uniformity",
        label="Uniformity",
        how_to_read="",
        healthy=(-math.inf, LIMITS.uniformity),
    ),
)
"""What the verdict looks at beside the readings that have a healthy band of their own."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The one line on top of the page."""

    tone: Tone
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A number behind the verdict with the band it is judged by."""

    label: str
    value: str
    band: str
    word: HealthWord
    meaning: str = ""


def headline(summary: RunSummary, state: RunState) -> Headline:
    """Return what stands on the verdict bar."""
    if state == "failed":
        text = f"{summary.message} {summary.hint}".strip()
        return Headline("alarm", "Stopped by an error", text or "The log holds the details.")
    if state == "starting":
        return Headline("accent", "Getting ready", "Images are read and the network is built.")
    if state == "interrupted":
        text = f"It got to step {summary.step:,}. Resume goes on from its last checkpoint."
        word = "Stopped" if summary.outcome == "stopped" else "Interrupted"
        return Headline("neutral", word, text)
    if summary.verdict is None:
        return Headline("neutral", "No verdict yet", "The first measurement gives one.")
    return Headline(TONES[summary.verdict], VERDICT_WORDS[summary.verdict], summary.sentence)


def evidence_rows(summary: RunSummary) -> tuple[EvidenceRow, ...]:
    """Return the numbers behind the verdict, each with the band it is judged by."""
    numbers = numbers_of(summary)
    words = meanings(numbers)
    cards = [card for card in summary.gauges if card.healthy is not None]
    named = {card.name for card in cards}
    cards += [card for card in LIMITED if card.name not in named]
    rows = [_row(card, numbers, words) for card in cards if card.name in numbers]
    return (*rows, *_knn_row(numbers, words))


def health_word(card: GaugeCard, value: float) -> HealthWord:
    """Return where a value lies against the healthy band; nothing where there is no band."""
    if card.healthy is None or not math.isfinite(value):
        return ""
    low, high = card.healthy
    return "low" if value < low else "high" if value > high else "healthy"


def band_words(card: GaugeCard) -> str:
    """Return the healthy band in words; nothing where there is none."""
    if card.healthy is None:
        return ""
    low, high = card.healthy
    if not math.isfinite(high) or high == card.high:
        return f"healthy above {plain(low)}"
    if not math.isfinite(low) or low == card.low:
        return f"healthy below {plain(high)}"
    return f"healthy from {plain(low)} to {plain(high)}"


def _row(card: GaugeCard, numbers: Mapping[str, float], words: Mapping[str, str]) -> EvidenceRow:
    value = numbers[card.name]
    band = band_words(card)
    untrained = numbers.get(f"untrained_{card.name}")
    if untrained is not None:
        band += f", untrained {number(untrained, card.digits)}"
    shown, health = number(value, card.digits), health_word(card, value)
    return EvidenceRow(card.label, shown, band, health, words.get(card.name, ""))


def _knn_row(numbers: Mapping[str, float], words: Mapping[str, str]) -> tuple[EvidenceRow, ...]:
    if "knn" not in numbers:
        return ()
    untrained = numbers.get("untrained_knn")
    band = "" if untrained is None else f"untrained {number(untrained)}"
    return (EvidenceRow("kNN", number(numbers["knn"]), band, "", words.get("knn", "")),)
