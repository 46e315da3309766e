"""Everything wrong or doubtful about a recipe: the rules, then what its parts themselves refuse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import torch

from sslstudio.catalog.assemble import assemble
from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.check import check
from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError, StudioError
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.sweep import Trial
from sslstudio.engine.images import ImageFacts
from sslstudio.services.outline import PartsOutline, outline_parts

MANY: Final = 1_000_000
"""Training images where none are known: so many that no part asks for more."""
SOME_CLASSES: Final = 2
PLACE: Final = re.compile(r"([a-z_]+(?:\.[a-z0-9_]+)*): ")


def full_check(
    recipe: Recipe, catalog: Catalog, facts: DataFacts | None = None
) -> tuple[Problem, ...]:
    """Return everything wrong or doubtful about a recipe, errors first.

    What no rule forbids is built, with shapes alone, and tried on a batch without numbers.
    """
    found = check(recipe, facts)
    if any(problem.severity == "error" for problem in found):
        return found
    known = _facts(recipe, facts)
    refused = outlined(recipe, catalog, known)[1] or assembly_refusal(recipe, catalog, known)
    return found if refused is None else (refused, *found)


def refused_value(
    trials: Iterable[Trial], catalog: Catalog, facts: DataFacts | None
) -> RecipeError | None:
    """Return what forbids the first wrong value of a sweep, None if all of them can be trained."""
    for trial in trials:
        for problem in full_check(trial.recipe, catalog, facts):
            if problem.severity == "error":
                return value_error(trial, problem)
    return None


def value_error(trial: Trial, problem: Problem) -> RecipeError:
    """Return the error that a problem at one value of a sweep is."""
    fix = "" if problem.fix is None else f"Fix: {problem.fix.label}."
    return RecipeError(f"{trial.words}: {problem.path}: {problem.text}", fix)


def outlined(
    recipe: Recipe, catalog: Catalog, facts: ImageFacts
) -> tuple[PartsOutline | None, Problem | None]:
    """Return the outline of a recipe's parts, or what a part says against being built or used."""
    try:
        return outline_parts(recipe, catalog, facts), None
    except StudioError as error:
        return None, _at_its_field(error, recipe)


def assembly_refusal(recipe: Recipe, catalog: Catalog, facts: ImageFacts) -> Problem | None:
    """Return what the operations on views or the kept layers say against being put together."""
    try:
        with torch.device("meta"):
            assemble(recipe, catalog, facts, torch.device("meta"))
    except StudioError as error:
        return _at_its_field(error, recipe)
    return None


def _at_its_field(error: StudioError, recipe: Recipe) -> Problem:
    place = PLACE.match(error.message)
    if place is None or not _exists(place[1], recipe):
        return Problem("objective", "error", str(error))
    text = str(error)[place.end() :]
    return Problem(place[1], "error", text[:1].upper() + text[1:])


def _exists(path: str, recipe: Recipe) -> bool:
    try:
        value_at(recipe, path)
    except RecipeError:
        return False
    return True


def _facts(recipe: Recipe, known: DataFacts | None) -> ImageFacts:
    channels = 3 if recipe.data.channels == "rgb" else 1
    count = MANY if known is None else known.train_images
    return ImageFacts(
        channels=channels,
        size=recipe.data.size,
        train_images=max(1, count - int(count * recipe.training.validation)),
        channel_mean=(0.5,) * channels,
        channel_std=(0.25,) * channels,
        classes=SOME_CLASSES,
    )
