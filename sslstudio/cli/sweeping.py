"""The verb that trains one recipe at several values: sweep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import typer

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.cli.options import (
    DataOption,
    DeviceOption,
    EpochsOption,
    FromOption,
    JsonOption,
    MinutesOption,
    RecipeArgument,
    SeedOption,
    SetOption,
    StepsOption,
    budget_from,
    chooses_batch,
    fitted_to,
    recipe_from,
    refuse_existing,
    trained_for,
)
from sslstudio.cli.output import Output, complain
from sslstudio.cli.training import FAILED, STOPPED, stopping_on_signals
from sslstudio.domain.errors import InputError
from sslstudio.domain.events import Event, GaugeCard, Stepped
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec, Recipe
from sslstudio.domain.sweep import Axis, Trial, trials_of, values_in
from sslstudio.engine.plan import Parts
from sslstudio.services.checking import full_check, value_error
from sslstudio.services.datasets import ImageSet, open_images
from sslstudio.services.encoders import begin_with, load_trained
from sslstudio.services.places import cache_folder, runs_folder
from sslstudio.services.preparation import data_facts
from sslstudio.services.presets import suggested_axis
from sslstudio.services.runs.library import RunLibrary
from sslstudio.services.runs.sweep import Sweep, Tried
from sslstudio.services.runs.sweep_place import SweepPlace

BLANK = "\u2013"

OverOption = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        help="PATH=V1,V2,..., such as objective.loss.temperature=0.1,0.2,0.5. PATH,PATH=... gives "
        "several fields the same values; x0.5 means half of the recipe's own value. Repeated, "
        "the fields move together, value by value. Without it, what the preset suggests.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add this verb to the application."""
    app.command("sweep")(sweep)


def sweep(
    recipe_name: RecipeArgument,
    over: OverOption = None,
    data: DataOption = None,
    changes: SetOption = None,
    minutes: MinutesOption = None,
    epochs: EpochsOption = None,
    steps: StepsOption = None,
    seed: SeedOption = None,
    device: DeviceOption = "auto",
    start: FromOption = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder for the runs' folders; must not exist.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train a recipe at several values of a field, one run after the other, and compare them."""
    catalog = load_catalog()
    budget = budget_from(minutes, epochs, steps)

    def asked(facts: DataFacts | None = None) -> Recipe:
        chosen = recipe_from(recipe_name, catalog, data, changes, device, facts)
        return trained_for(chosen, catalog, budget, seed)

    recipe = asked()
    axes = _axes(over, recipe)
    trials = trials_of(recipe, axes, catalog.kinds)
    if out is not None:
        refuse_existing(out)
    library = RunLibrary(runs_folder(), catalog)
    output = Output(as_json=as_json)
    images = _opener(output)
    if not chooses_batch(path for axis in axes for path in axis.paths):
        recipe = fitted_to(data_facts(images(trials[0].recipe.data)), recipe, asked)
        trials = trials_of(recipe, axes, catalog.kinds)
    _refuse_errors(trials, images, catalog)
    sweeping = Sweep(
        library=library if out is None else RunLibrary(out, catalog),
        images=images,
        device=device,
        prepare=_beginning(start, library),
        heard=lambda place, event: _show_progress(place, event, output),
    )
    with stopping_on_signals() as control:
        tried = []
        for one in sweeping.run(trials, control):
            tried.append(one)
            output.result(_row(one), _line(one))
    _report(trials, tried, output)


def _axes(over: list[str] | None, recipe: Recipe) -> list[Axis]:
    if over:
        return [_axis(text) for text in over]
    suggested = suggested_axis(recipe)
    if suggested is None:
        raise InputError(
            "--over is missing: this recipe suggests nothing to vary.",
            "Example: --over objective.loss.temperature=0.1,0.2,0.5.",
        )
    return [suggested]


def _axis(text: str) -> Axis:
    paths, sign, words = text.partition("=")
    if not sign or not all(paths.split(",")) or not words:
        raise InputError(
            f"--over {text}: this is not PATH=V1,V2,...",
            "Example: --over objective.loss.temperature=0.1,0.2,0.5.",
        )
    return Axis(paths=tuple(paths.split(",")), values=values_in(words))


def _beginning(start: str | None, library: RunLibrary) -> Callable[[Parts], dict[str, Any]]:
    """Return what gives a run's parts the weights to begin with, if any were asked for."""
    if start is None:
        return lambda _parts: {}
    trained = load_trained(start, library, device="cpu")

    def begin(parts: Parts) -> dict[str, Any]:
        begin_with(parts, trained)
        return {"from": start}

    return begin


def _opener(output: Output) -> Callable[[DataSpec], ImageSet]:
    @lru_cache(maxsize=1)
    def opened(data: DataSpec) -> ImageSet:
        images = open_images(data, progress=output.counting("Reading images"), cache=cache_folder())
        output.about_images(images)
        return images

    return opened


def _refuse_errors(
    trials: Sequence[Trial], images: Callable[[DataSpec], ImageSet], catalog: Catalog
) -> None:
    """Refuse the whole sweep for an error at any value; say each warning once."""
    said = set()
    for trial in trials:
        facts = data_facts(images(trial.recipe.data))
        for problem in full_check(trial.recipe, catalog, facts):
            if problem.severity == "error":
                raise value_error(trial, problem)
            if problem.text not in said:
                said.add(problem.text)
                fix = "" if problem.fix is None else f"Fix: {problem.fix.label}."
                complain(f"warning: {problem.path}: {problem.text} (at {trial.words})", fix)


def _show_progress(place: SweepPlace, event: Event, output: Output) -> None:
    if isinstance(event, Stepped):
        share = (place.position - 1 + event.progress) / place.count
        output.progress(share, f"{place.words()}, step {event.step}")


def _row(tried: Tried) -> dict[str, Any]:
    summary = tried.summary
    row: dict[str, Any] = {
        "kind": "run",
        "position": tried.place.position,
        "value": tried.trial.value,
        "set": tried.trial.changes,
        "run": None if tried.folder is None else str(tried.folder.path),
        "id": None if tried.folder is None else tried.folder.id,
        "outcome": summary.outcome,
        "state": summary.verdict,
        "steps": summary.step,
        "seconds": round(summary.seconds, 2),
        "readings": summary.readings,
    }
    if summary.outcome == "failed":
        row.update(message=summary.message, hint=summary.hint)
    return row


def _line(tried: Tried) -> str:
    summary = tried.summary
    where = "" if tried.folder is None else f" Run folder: {tried.folder.path}"
    ended = f"{summary.outcome} after {summary.step} steps"
    if summary.outcome == "failed":
        ended = f"failed: {summary.message} {summary.hint}".strip()
    return f"{tried.place.words()}, {tried.trial.words}: {ended.rstrip('.')}.{where}"


def _report(trials: Sequence[Trial], tried: Sequence[Tried], output: Output) -> None:
    outcomes = [one.summary.outcome for one in tried]
    stopped = len(tried) < len(trials) or "stopped" in outcomes
    outcome = "stopped" if stopped else "failed" if "failed" in outcomes else "done"
    result = {
        "kind": "result",
        "over": trials[0].label,
        "paths": list(trials[0].changes),
        "outcome": outcome,
        "rows": [_row(one) for one in tried],
    }
    output.result(result, "\n".join(_table(trials[0].label, tried)))
    if outcome != "done":
        raise typer.Exit(STOPPED if stopped else FAILED)


def _table(label: str, tried: Sequence[Tried]) -> Iterator[str]:
    """Yield the lines of a table: what was varied, and the final reading of every gauge."""
    gauges = {gauge.name: gauge for one in tried for gauge in one.summary.gauges}
    shown = [gauge for gauge in gauges.values() if not gauge.is_spectrum]
    head = [label, *(gauge.label for gauge in shown), "state"]
    rows = [head, *([_cell(one.trial.value), *_cells(one, shown)] for one in tried)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def _cells(one: Tried, gauges: Sequence[GaugeCard]) -> list[str]:
    found = one.summary.readings
    numbers = [
        f"{found[g.name]:.{max(g.digits, 3)}f}" if g.name in found else BLANK for g in gauges
    ]
    state = one.summary.verdict if one.summary.outcome == "done" else one.summary.outcome
    return [*numbers, state or BLANK]


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
