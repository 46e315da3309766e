"""Why a run stands as it does: what each number means, the likely cause, and what to do.

The rules name the usual causes of each symptom (SimSiam's table of ablations for a missing
stop-gradient, VICReg's table 7 for a variance weight below the others). The recipe tells which
of them is possible here, so that a remedy can often be put in by one press.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sslstudio.domain.check import check, parts_of
from sslstudio.domain.collapse import LIMITS, Readings, form_of_collapse
from sslstudio.domain.events import AnchorLine
from sslstudio.domain.moves import placed
from sslstudio.domain.problems import Fix
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.run import RunSummary
from sslstudio.domain.verdict_words import directions, plain

Numbers = Mapping[str, float]

RATE: Final = "optimizer.learning_rate"
SMALLER: Final = 1 / 3
LARGER: Final = 3.0
GOOD_TEMPERATURE: Final = 0.2
NEAR: Final = 0.02
"""A loss within 2 % of a value stands at it, as for the verdict."""
SURELY_WORSE: Final = 0.03
"""Two standard errors of a kNN accuracy over 1,000 images."""
EARLY: Final = 0.3
"""Share of the budget before which a kNN below the untrained network's says little."""

TOO_EARLY: Final = "Too early to tell."
FORMS: Final = {
    "complete": "Different images get the same embedding: nothing keeps them apart.",
    "dimensional": "Embeddings still differ, but only along a few directions, which the spread "
    "alone does not show.",
    "projected": "All projections lie together, so the loss has nothing left to teach; the "
    "embeddings of an earlier checkpoint may still be good.",
}
FORM_REMEDIES: Final = {
    "complete": "Put in what keeps them apart: negatives, a variance term, or a stop-gradient with "
    "a predictor.",
    "dimensional": "Put a stop-gradient or negatives back, add a covariance term, or weaken the "
    "augmentation.",
    "projected": "Give the loss something to push against: negatives, a variance term, a "
    "stop-gradient.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A likely cause and its remedy; `fix` where it can be put in by one press."""

    cause: str
    remedy: str = ""
    fix: Fix | None = None


def diagnose(summary: RunSummary, recipe: Recipe | None = None) -> tuple[Diagnosis, ...]:
    """Return the likely causes of a run's verdict, the likeliest first; at least one.

    `recipe` is what the run began with; its live edits are in the summary.
    """
    if recipe is not None:
        for path, value in summary.live_values.items():
            recipe = placed(recipe, path, value)
    match summary.verdict:
        case "diverged":
            found = _diverged(recipe)
        case "collapsed":
            found = _collapsed(numbers_of(summary), recipe)
        case "stalled":
            found = _stalled(summary, recipe)
        case "learning":
            found = _learning(summary, recipe)
        case _:
            found = iter(())
    first = Diagnosis(cause=TOO_EARLY, remedy="The first measurements decide.")
    return tuple(found) or (first,)


def numbers_of(summary: RunSummary) -> dict[str, float]:
    """Return the latest readings; what a verdict was given on where none came since."""
    return {**summary.evidence, **summary.readings}


def meanings(numbers: Numbers) -> dict[str, str]:
    """Return what the numbers behind a verdict mean, in words, by name."""
    words = {
        "rank": _rank_words(numbers),
        "uniformity": _uniformity_words(numbers),
        "knn": _knn_words(numbers),
    }
    return {name: text for name, text in words.items() if name in numbers and text}


def _rank_words(numbers: Numbers) -> str:
    rank = numbers.get("rank")
    return "" if rank is None else directions(rank)


def _uniformity_words(numbers: Numbers) -> str:
    crowded = numbers.get("uniformity", -math.inf) > LIMITS.uniformity
    return "different images lie almost together" if crowded else "different images keep apart"


def _knn_words(numbers: Numbers) -> str:
    knn, untrained = numbers.get("knn"), numbers.get("untrained_knn")
    if knn is None or untrained is None:
        return ""
    change = "gained" if knn >= untrained else "lost"
    return f"{plain(abs(knn - untrained))} {change} by training"


def _diverged(recipe: Recipe | None) -> Iterator[Diagnosis]:
    yield Diagnosis(
        cause="A step was too large for the loss or for the precision.",
        remedy="Start again with a third of the learning rate or a longer warm-up.",
        fix=_rate_fix(recipe, SMALLER, "Start again with a third of the learning rate"),
    )
    if recipe is not None and recipe.training.precision != "fp32":
        yield Diagnosis(
            cause="In half precision large products overflow and small ones vanish.",
            remedy="If a smaller rate does not help, compute in fp32.",
            fix=Fix("Compute in fp32", (("training.precision", "fp32"),)),
        )


def _collapsed(numbers: Numbers, recipe: Recipe | None) -> Iterator[Diagnosis]:
    # A verdict outlives its signs by a measurement or two; the spread then tells the forms apart.
    constant = numbers.get("spread", 0.0) < LIMITS.healthy_spread
    form = form_of_collapse(Readings.among(numbers)) or ("complete" if constant else "dimensional")
    if recipe is not None:
        for problem in check(recipe):
            if problem.path.startswith("objective") and problem.fix is not None:
                yield Diagnosis(cause=problem.text, remedy=f"{problem.fix.label}.", fix=problem.fix)
        yield from _light_variance(recipe)
    yield Diagnosis(cause=FORMS[form], remedy=FORM_REMEDIES[form])


def _light_variance(recipe: Recipe) -> Iterator[Diagnosis]:
    for path, part in parts_of(recipe):
        variance, invariance = (getattr(part, name, None) for name in ("variance", "invariance"))
        if isinstance(variance, float) and isinstance(invariance, float) and variance < invariance:
            yield Diagnosis(
                cause="The variance term weighs less than the invariance term, which pulls "
                "all embeddings together.",
                remedy="Give both the same weight.",
                fix=_set(f"{path}.variance", invariance, "Raise the variance weight"),
            )


def _stalled(summary: RunSummary, recipe: Recipe | None) -> Iterator[Diagnosis]:
    blind = _anchor_near(summary)
    where = f" ({blind.label})" if blind is not None else ""
    yield Diagnosis(
        cause=f"The loss stays where guessing would put it{where}: the steps are too small, or "
        "the two views have nothing in common.",
        remedy="Raise the learning rate, and look on the Design page whether the views still show "
        "the same thing.",
        fix=_rate_fix(recipe, LARGER, "Three times the learning rate"),
    )


def _learning(summary: RunSummary, recipe: Recipe | None) -> Iterator[Diagnosis]:
    numbers = numbers_of(summary)
    yield from _below_floor(summary)
    yield from _temperature(numbers, recipe)
    knn, untrained = numbers.get("knn"), numbers.get("untrained_knn")
    worse = knn is not None and untrained is not None and knn < untrained - SURELY_WORSE
    if worse and summary.progress > EARLY:
        yield Diagnosis(
            cause="Neighbours are worse than the untrained network's: the task is solved by "
            "something other than what the labels name, such as colour or borders.",
            remedy="Jitter colours more (p .8) and drop them at times (p .2); keep at least a "
            "fifth of the image in a crop.",
        )
    if _narrow_projections(numbers):
        yield Diagnosis(
            cause="The projections have few directions while the embeddings have many: a "
            "projector's normal work.",
            remedy="Nothing to do: the embeddings are what is kept and exported.",
        )
    yield Diagnosis(
        cause="No sign of trouble.",
        remedy="Compare kNN with the untrained encoder and with raw pixels: only what lies above "
        "both was learned.",
    )


def _below_floor(summary: RunSummary) -> Iterator[Diagnosis]:
    for anchor in summary.anchors:
        value = summary.terms.get(anchor.term)
        if anchor.kind == "bound" and value is not None and value < anchor.value - _slack(anchor):
            yield Diagnosis(
                cause=f"{anchor.term} is below {anchor.label} ({plain(anchor.value)}), which no "
                "embedding can reach: both views may be the same picture.",
                remedy="Look at the views on the Design page; each must be drawn anew.",
            )


def _temperature(numbers: Numbers, recipe: Recipe | None) -> Iterator[Diagnosis]:
    alignment, uniformity = numbers.get("alignment"), numbers.get("uniformity")
    if alignment is None or uniformity is None:
        return
    path, now = _temperature_field(recipe)
    if alignment > 1.0 and uniformity < -3.5:
        small = now is not None and now < GOOD_TEMPERATURE
        yield Diagnosis(
            cause="Images keep apart at the price of their own views: the temperature is too "
            "small, or many negatives are alike.",
            remedy="Use a temperature between .2 and .5.",
            fix=_set(path, GOOD_TEMPERATURE, "Temperature .2") if small else None,
        )
    if alignment < 0.05 and uniformity > -1.0:
        yield Diagnosis(
            cause="Views agree almost perfectly while images hardly keep apart: too little pushes "
            "them away from each other.",
            remedy="Halve the temperature, or take a larger batch or queue.",
            fix=None if now is None else _set(path, now / 2, "Halve the temperature"),
        )


def _set(path: str, value: float, label: str) -> Fix:
    return Fix(label, ((path, value),))


def _temperature_field(recipe: Recipe | None) -> tuple[str, float | None]:
    """Return path and value of the temperature of a recipe's objective; None if it has none."""
    parts = () if recipe is None else parts_of(recipe)
    for path, part in parts:
        value = getattr(part, "temperature", None)
        if path.startswith("objective") and isinstance(value, float):
            return f"{path}.temperature", value
    return "", None


def _narrow_projections(numbers: Numbers) -> bool:
    inner, outer = numbers.get("rank_share"), numbers.get("rank_share_z")
    if inner is None or outer is None:
        return False
    return inner >= LIMITS.rank_share and outer < LIMITS.healthy_rank_share


def _anchor_near(summary: RunSummary) -> AnchorLine | None:
    """Return the value of blind guessing that a term stands at."""
    for anchor in summary.anchors:
        value = summary.terms.get(anchor.term)
        blind = anchor.kind in ("chance", "collapse")
        if blind and value is not None and abs(value - anchor.value) <= _slack(anchor):
            return anchor
    return None


def _slack(anchor: AnchorLine) -> float:
    return NEAR * max(abs(anchor.value), 0.1)


def _rate_fix(recipe: Recipe | None, factor: float, label: str) -> Fix | None:
    rate = None if recipe is None else getattr(recipe.optimizer, "learning_rate", None)
    return _set(RATE, rate * factor, label) if isinstance(rate, float) else None
