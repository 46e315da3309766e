"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from sslstudio.catalog.catalog import Catalog
from sslstudio.cli.output import complain
from sslstudio.domain.edits import read_value, with_value
from sslstudio.domain.errors import InputError, RunError
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import Budget, DataSpec, Recipe
from sslstudio.engine.device import resolve_device
from sslstudio.services.batch_fit import BATCH, fitting_words
from sslstudio.services.presets import find_recipe

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")]
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data", help="shapes, digits, a folder, a .zip, or a torchvision data set's name."
    ),
]
CheckpointOption = Annotated[
    str,
    typer.Option(
        "--checkpoint", help="last, best (by kNN on the validation part) or the step of one."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="PATH=VALUE, such as objective.loss.temperature=0.2; repeatable."),
]

RecipeArgument = Annotated[str, typer.Argument(metavar="R", help="A preset or a recipe file.")]
MinutesOption = Annotated[float | None, typer.Option(help="Minutes of training.")]
EpochsOption = Annotated[float | None, typer.Option(help="Passes over the images.")]
StepsOption = Annotated[int | None, typer.Option(help="Steps of the optimizer.")]
SeedOption = Annotated[int | None, typer.Option(help="The same seed gives the same run.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Begin with the weights of this run or model.")
]


def recipe_from(
    name: str,
    catalog: Catalog,
    source: str | None,
    changes: list[str] | None,
    device: str = "auto",
    facts: DataFacts | None = None,
) -> Recipe:
    """Return a preset or a recipe file with its images and changes applied.

    Which images to open stands in the recipe; once they are open, `facts` fit a preset to them,
    unless the changes choose a batch.
    """
    assignments = [_assignment(change) for change in changes or []]
    if chooses_batch(path for path, _ in assignments):
        facts = None
    data = None if source is None else DataSpec(source=source)
    if data is not None:
        # The resolution decides which adaptation of a preset applies.
        size = dict(assignments).get("data.size")
        data = data if size is None else DataSpec(source=source or "", size=size)
    recipe = find_recipe(name, catalog, data, resolve_device(device), facts)
    for path, value in assignments:
        recipe = with_value(recipe, path, value, catalog.kinds)
    return recipe


def chooses_batch(paths: Iterable[str]) -> bool:
    """Return whether one of the paths that a person sets is the batch."""
    return not {BATCH, BATCH.partition(".")[0]}.isdisjoint(paths)


def fitted_to(facts: DataFacts, before: Recipe, asked: Callable[[DataFacts], Recipe]) -> Recipe:
    """Return the recipe as asked for again with the images open, and say what was fitted."""
    recipe = asked(facts)
    if words := fitting_words(before, recipe, facts):
        complain(f"note: {words}")
    return recipe


def trained_for(
    recipe: Recipe, catalog: Catalog, budget: Budget | None, seed: int | None
) -> Recipe:
    """Return the recipe with the budget and the seed that were asked for."""
    if budget is not None:
        recipe = with_value(recipe, "training.budget", budget, catalog.kinds)
    if seed is not None:
        recipe = with_value(recipe, "seed", seed, catalog.kinds)
    return recipe


def refuse_existing(path: Path) -> None:
    """Raise RunError unless nothing lies at a place where a run is to be written."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RunError(
            f"{path} exists already and is not empty.",
            "Give another --out, or go on with `sslstudio resume`.",
        )


def budget_from(minutes: float | None, epochs: float | None, steps: int | None) -> Budget | None:
    """Return the budget that was asked for; InputError if more than one was."""
    given = {"minutes": minutes, "epochs": epochs, "steps": steps}
    chosen = {unit: amount for unit, amount in given.items() if amount is not None}
    if len(chosen) > 1:
        raise InputError("--minutes, --epochs and --steps exclude each other.", "Give one of them.")
    for unit, amount in chosen.items():
        if amount <= 0:
            raise InputError(f"--{unit} must be larger than zero (it is {amount:g}).")
        return Budget.model_validate({"unit": unit, "amount": amount})
    return None


def _assignment(text: str) -> tuple[str, Any]:
    path, sign, word = text.partition("=")
    if not sign or not path:
        raise InputError(f"--set {text}: this is not PATH=VALUE.", "Example: --set seed=3.")
    return path, read_value(word)
