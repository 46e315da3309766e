"""The batch of a preset, fitted to the number of images that there are to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import Kinds

PART: Final = 8
"""A batch holds at most this part of the images: a step that sees most of them teaches little new,
and an epoch of one step drops what does not fill a second."""
SMALLEST: Final = 16
BATCH: Final = "training.batch_size"
RATE: Final = "optimizer.learning_rate"
LINEAR: Final = ("sgd", "lars")
"""Optimizers whose rate falls with the batch (linear rule: Goyal et al. 2017, arXiv:1706.02677, and
You et al. 2017, arXiv:1708.03888). Steps of Adam and its kin do not grow with the gradient, so
that their rates stay."""


def with_fitting_batch(recipe: Recipe, facts: DataFacts, kinds: Kinds) -> Recipe:
    """Return a preset's recipe with a batch of an eighth of few images, and a rate to match.

    Powers of two from 16 up to the preset's own are tried; the smallest with the fewest problems is
    taken, since some losses need more. What learns from enough images, or does not train, is left.
    """
    own = recipe.training.batch_size
    if not recipe.objective.trainable or own <= max(2, facts.train_images // PART):
        return recipe
    tried = (with_value(recipe, BATCH, size, kinds) for size in _sizes(own, facts.train_images))
    chosen = min(tried, key=lambda candidate: _trouble(candidate, facts))
    share = chosen.training.batch_size / own
    rate = getattr(recipe.optimizer, "learning_rate", None)
    if recipe.optimizer.kind not in LINEAR or not isinstance(rate, float) or share == 1.0:
        return chosen
    return with_value(chosen, RATE, rate * share, kinds)


def fitting_words(before: Recipe, after: Recipe, facts: DataFacts) -> str:
    """Return a sentence about what was fitted; empty if nothing was."""
    own, fitted = before.training.batch_size, after.training.batch_size
    if own == fitted:
        return ""
    rate = getattr(after.optimizer, "learning_rate", None)
    words = f"for {facts.train_images:,} training images the batch is {fitted} instead of {own}"
    changed = rate != getattr(before.optimizer, "learning_rate", None)
    return f"{words}, and the learning rate {rate:g}." if changed else f"{words}."


def _sizes(own: int, images: int) -> Iterator[int]:
    """Yield the batches to try, the smallest first."""
    least = max(2, images // PART, min(SMALLEST, images))
    size: int = 1 << (least.bit_length() - 1)
    while size < own:
        yield size
        size *= 2
    yield own


def _trouble(recipe: Recipe, facts: DataFacts) -> tuple[int, int]:
    """Return how many errors and how many problems in all a recipe has."""
    found = check(recipe, facts)
    return sum(problem.severity == "error" for problem in found), len(found)
