"""Verbs that train: train and resume."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

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
    fitted_to,
    recipe_from,
    refuse_existing,
    trained_for,
)
from sslstudio.cli.output import Output, complain
from sslstudio.domain.check import check
from sslstudio.domain.diagnosis import Diagnosis, diagnose
from sslstudio.domain.errors import InputError, RecipeError
from sslstudio.domain.events import Event, Finished
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.run import RunSummary, fold
from sslstudio.services.datasets import ImageSet, open_images
from sslstudio.services.encoders import begin_with, load_trained
from sslstudio.services.places import cache_folder, runs_folder
from sslstudio.services.preparation import data_facts, prepare
from sslstudio.services.runs.branching import branch
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.library import RunLibrary
from sslstudio.services.runs.runner import RunControl
from sslstudio.services.runs.training import available_compute, begin, run_training

STOPPED = 130
FAILED = 1
TROUBLE = ("collapsed", "stalled", "diverged")
"""Verdicts whose likely causes are printed at the end."""


def register(app: typer.Typer) -> None:
    """Add these verbs to the application."""
    app.command("train")(train)
    app.command("resume")(resume)


def train(
    recipe_name: RecipeArgument,
    data: DataOption = None,
    changes: SetOption = None,
    minutes: MinutesOption = None,
    epochs: EpochsOption = None,
    steps: StepsOption = None,
    seed: SeedOption = None,
    device: DeviceOption = "auto",
    start: FromOption = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder; must not exist.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Train a recipe and leave a run folder."""
    catalog = load_catalog()
    budget = budget_from(minutes, epochs, steps)

    def asked(facts: DataFacts | None = None) -> Recipe:
        chosen = recipe_from(recipe_name, catalog, data, changes, device, facts)
        return trained_for(chosen, catalog, budget, seed)

    recipe = asked()
    path = out or RunLibrary(runs_folder(), catalog).new_path(recipe)
    refuse_existing(path)
    output = Output(as_json=as_json)
    images = open_images(
        recipe.data, progress=output.counting("Reading images"), cache=cache_folder()
    )
    recipe = fitted_to(data_facts(images), recipe, asked)
    _refuse_errors(recipe, images)
    parts, plan, environment = begin(recipe, catalog, images, device)
    if start is not None:
        begin_with(parts, load_trained(start, RunLibrary(runs_folder(), catalog), device="cpu"))
        environment = {**environment, "from": start}
    folder = RunFolder.create(path, recipe, environment)
    output.about_images(images)
    with stopping_on_signals() as control:
        events = run_training(folder, parts, plan, control, resume=False)
        _follow(events, folder, recipe, output)


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's path or id.")],
    from_step: Annotated[
        int | None,
        typer.Option(help="Go on from this checkpoint in a run of its own; RUN stays as it is."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --from-step: the new run's folder; must not exist.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with an interrupted or stopped run, or branch off from one of its checkpoints."""
    catalog: Catalog = load_catalog()
    library = RunLibrary(runs_folder(), catalog)
    folder = library.find(run)
    card = library.card(folder)
    output = Output(as_json=as_json)
    if out is not None:
        if from_step is None:
            raise InputError(
                "--out needs --from-step.", "Without it the run goes on in its own folder."
            )
        refuse_existing(out)
    if card.state == "done" and from_step is None:
        _report(folder, card.summary, output, "Nothing is left to resume: the budget is used.")
        return
    folder.read_checkpoint(from_step)
    recipe = folder.recipe(catalog)
    images = open_images(
        recipe.data, progress=output.counting("Reading images"), cache=cache_folder()
    )
    parts, plan = prepare(recipe, catalog, images, available_compute(folder))
    if from_step is not None:
        folder = branch(folder, from_step, card.name, out or library.new_path(recipe))
    with stopping_on_signals() as control:
        events = run_training(folder, parts, plan, control, resume=True)
        _follow(events, folder, recipe, output)


@contextmanager
def stopping_on_signals() -> Iterator[RunControl]:
    """Let Ctrl-C and SIGTERM end training at the next step, with a checkpoint."""
    control = RunControl()

    def stop(_number: int, _frame: object) -> None:
        control.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield control
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _follow(events: Iterator[Event], folder: RunFolder, recipe: Recipe, output: Output) -> None:
    last: Event | None = None
    for event in events:
        output.event(event)
        last = event
    summary = fold(folder.events())
    if not isinstance(last, Finished) or last.outcome == "failed":
        output.close_line()
        # A full disk holds no last line; the event that was heard knows it.
        told = last if isinstance(last, Finished) else summary
        complain(told.message, told.hint)
        raise typer.Exit(FAILED)
    words = "Stopped with a checkpoint" if last.outcome == "stopped" else "Done"
    found = diagnose(summary, recipe) if summary.verdict in TROUBLE else ()
    _report(folder, summary, output, f"{words} after {summary.step} steps.", found)
    if last.outcome == "stopped":
        raise typer.Exit(STOPPED)


def _report(
    folder: RunFolder,
    summary: RunSummary,
    output: Output,
    sentence: str,
    found: Sequence[Diagnosis] = (),
) -> None:
    best = summary.best
    result: dict[str, Any] = {
        "kind": "result",
        "run": str(folder.path),
        "id": folder.id,
        "outcome": summary.outcome,
        "state": summary.verdict,
        "steps": summary.step,
        "seconds": round(summary.seconds, 2),
        "checkpoints": list(summary.checkpoints),
        "best_checkpoint": None if best is None else best.step,
        "readings": summary.readings,
        "diagnosis": [_diagnosis_row(diagnosis) for diagnosis in found],
    }
    lines = [f"Likely cause: {diagnosis.cause} {diagnosis.remedy}" for diagnosis in found]
    output.result(result, "\n".join([*lines, f"{sentence} Run folder: {folder.path}"]))


def _diagnosis_row(diagnosis: Diagnosis) -> dict[str, Any]:
    fix = diagnosis.fix
    return {
        "cause": diagnosis.cause,
        "remedy": diagnosis.remedy,
        "set": {} if fix is None else {path: _json_value(value) for path, value in fix.edits},
    }


def _json_value(value: object) -> object:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _refuse_errors(recipe: Recipe, images: ImageSet) -> None:
    for problem in check(recipe, data_facts(images)):
        fix = "" if problem.fix is None else f"Fix: {problem.fix.label}."
        if problem.severity == "error":
            raise RecipeError(f"{problem.path}: {problem.text}", fix)
        complain(f"warning: {problem.path}: {problem.text}", fix)
