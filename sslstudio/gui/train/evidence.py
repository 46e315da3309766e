"""How a run stands in words: one headline, the numbers behind it, and what to do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sslstudio.domain.events import GaugeCard
from sslstudio.domain.run import RunSummary
from sslstudio.gui.train.trace import VERDICT_WORDS
from sslstudio.gui.train.words import humanised, number, plain, short

RunState = Literal[
    "idle", "starting", "training", "paused", "stopping", "done", "interrupted", "failed"
]
Tone = Literal["neutral", "accent", "ok", "warn", "alarm"]

TONES: dict[str, Tone] = {
    "warming-up": "accent",
    "learning": "ok",
    "stalled": "warn",
    "collapsed": "alarm",
    "diverged": "alarm",
}

ADVICE = {
    "warming-up": "Too early to tell. The first measurements decide.",
    "learning": "Nothing to do. Compare kNN with the untrained encoder and with raw pixels: "
    "only what lies above both was learned.",
    "stalled": "The loss stays where guessing would put it. Raise the learning rate, and check "
    "on the Design page that the two views still show the same thing.",
    "diverged": "Start again with a third of the learning rate or a longer warm-up. If it comes "
    "back, choose fp32 as precision.",
}
COLLAPSED_WHOLE = (
    "Different images get the same embedding. Put back what keeps them apart: a stop-gradient "
    "with a predictor, negatives, or a variance term."
)
COLLAPSED_RANK = (
    "Embeddings still differ, but only along a few directions, which the spread alone does not "
    "show. Add a covariance term, widen the projector, or weaken the augmentation."
)


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
    word: Literal["healthy", "low", "high", ""]


def headline(summary: RunSummary, state: RunState) -> Headline:
    """Return what stands on the verdict bar."""
    if state == "failed":
        text = f"{summary.message} {summary.hint}".strip()
        return Headline("alarm", "Stopped by an error", text or "The log holds the details.")
    if state == "starting":
        return Headline("accent", "Getting ready", "Images are read and the network is built.")
    if state == "interrupted":
        text = f"It got to step {summary.step:,}. Resume goes on from its last checkpoint."
        return Headline("neutral", "Interrupted", text)
    if summary.verdict is None:
        return Headline("neutral", "No verdict yet", "The first measurement gives one.")
    return Headline(TONES[summary.verdict], VERDICT_WORDS[summary.verdict], summary.sentence)


def evidence_rows(summary: RunSummary) -> tuple[EvidenceRow, ...]:
    """Return the verdict's own numbers, then every reading that has a healthy band."""
    gauges = {gauge.name: gauge for gauge in summary.gauges}
    judged = {
        name: summary.readings[name]
        for name, gauge in gauges.items()
        if gauge.healthy is not None and name in summary.readings
    }
    numbers = {**summary.evidence, **judged}
    return tuple(_row(name, value, gauges.get(name)) for name, value in numbers.items())


def advice(summary: RunSummary) -> str:
    """Return what to do about the verdict."""
    if summary.verdict is None:
        return ADVICE["warming-up"]
    if summary.verdict != "collapsed":
        return ADVICE[summary.verdict]
    low = [row.label for row in evidence_rows(summary) if row.word == "low"]
    only_rank = bool(low) and all("rank" in label.lower() for label in low)
    return COLLAPSED_RANK if only_rank else COLLAPSED_WHOLE


def health_word(card: GaugeCard, value: float) -> Literal["healthy", "low", "high", ""]:
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


def _row(name: str, value: float, gauge: GaugeCard | None) -> EvidenceRow:
    if gauge is None:
        return EvidenceRow(humanised(name), short(value), "", "")
    shown = number(value, gauge.digits)
    return EvidenceRow(gauge.label, shown, band_words(gauge), health_word(gauge, value))
