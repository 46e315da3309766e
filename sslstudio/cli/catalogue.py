"""Verbs that only read: parts, recipes, check, runs, doctor."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.catalog.entry import Entry
from sslstudio.cli.options import DataOption, JsonOption, fitted_to, recipe_from
from sslstudio.cli.output import Output
from sslstudio.domain.errors import InputError, StudioError
from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.checking import full_check
from sslstudio.services.datasets import open_images
from sslstudio.services.doctor import examine
from sslstudio.services.places import cache_folder, runs_folder
from sslstudio.services.preparation import data_facts
from sslstudio.services.presets import Preset, load_presets, write_recipe
from sslstudio.services.published import published_results
from sslstudio.services.runs.library import RunCard, RunLibrary


def register(app: typer.Typer) -> None:
    """Add these verbs to the application."""
    app.command("parts")(parts)
    app.command("recipes")(recipes)
    app.command("check")(check_recipe)
    app.command("runs")(runs)
    app.command("doctor")(doctor)


def parts(
    kind: Annotated[str | None, typer.Argument(help="A family or a kind.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List every augmentation, encoder, target, similarity, loss, objective and monitor."""
    catalog = load_catalog()
    chosen = [
        (family, entry)
        for family, entries in catalog.families.items()
        for entry in entries.values()
        if kind is None or kind in (family, family.rstrip("s"), entry.kind)
    ]
    if not chosen:
        raise InputError(
            f"There is no part called {kind!r}.", f"Families: {', '.join(catalog.families)}."
        )
    rows = [_part_row(family, entry) for family, entry in chosen]
    Output(as_json=as_json).rows(rows, _part_lines(rows, with_fields=kind is not None))


def recipes(
    preset_id: Annotated[str | None, typer.Argument(metavar="ID")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the recipe to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the presets, or show or save one."""
    presets = [p for p in load_presets() if preset_id in (None, p.id)]
    if not presets:
        known = ", ".join(p.id for p in load_presets())
        raise InputError(f"There is no preset called {preset_id!r}.", f"Presets: {known}.")
    if save is not None:
        _save_preset(preset_id, save)
    output = Output(as_json=as_json)
    rows = [_preset_row(preset, whole=preset_id is not None) for preset in presets]
    output.rows(rows, _preset_lines(presets, whole=preset_id is not None))


def check_recipe(
    recipe: Annotated[str, typer.Argument(metavar="R", help="A preset or a recipe file.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a recipe's problems with their fixes; exit 2 if it cannot run."""
    catalog = load_catalog()
    content, output = recipe_from(recipe, catalog, data, None), Output(as_json=as_json)
    facts = None
    if data is not None:
        reading = output.counting("Reading images")
        facts = data_facts(open_images(content.data, progress=reading, cache=cache_folder()))
        output.close_line()
        content = fitted_to(
            facts, content, lambda known: recipe_from(recipe, catalog, data, None, facts=known)
        )
    problems = full_check(content, catalog, facts)
    output.rows(
        [_problem_row(problem) for problem in problems],
        [f"{p.severity}: {p.path}: {p.text}{_fix_words(p)}" for p in problems],
    )
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    verb = "cannot run" if errors else "can run"
    sys.stderr.write(f"{recipe} {verb}: {errors} errors, {warnings} warnings.\n")
    if errors:
        raise typer.Exit(2)


def runs(as_json: JsonOption = False) -> None:
    """List the library's runs, the newest first."""
    cards = RunLibrary(runs_folder(), load_catalog()).cards()
    lines = [f"{card.id:<44} {card.state:<12} {card.name}" for card in cards]
    Output(as_json=as_json).rows([_run_row(card) for card in cards], lines or ["No runs yet."])


def doctor(as_json: JsonOption = False) -> None:
    """Say what this machine offers and what could be better."""
    findings = examine()
    Output(as_json=as_json).rows(
        [{"name": f.name, "value": f.value, "advice": f.advice} for f in findings],
        [f"{f.name:<14} {f.value}{'  -> ' + f.advice if f.advice else ''}" for f in findings],
    )


def _save_preset(preset_id: str | None, save: Path) -> None:
    if preset_id is None:
        raise InputError("--save needs the id of one preset.", "Example: recipes simclr --save F.")
    if save.exists():
        raise InputError(f"{save} exists already.", "Choose another file name.")
    catalog: Catalog = load_catalog()
    try:
        write_recipe(recipe_from(preset_id, catalog, None, None), save)
    except OSError as error:
        raise StudioError(f"{save} cannot be written ({error.strerror}).") from error


def _part_row(family: str, entry: Entry) -> dict[str, Any]:
    return {
        "family": family,
        "kind": entry.kind,
        "title": entry.title,
        "summary": entry.summary,
        "citation": entry.citation,
        "fields": [_field_row(field) for field in schema_of(entry.spec)],
    }


def _field_row(field: FieldSchema) -> dict[str, Any]:
    default = field.default
    return {
        "name": field.name,
        "label": field.ui.label,
        "help": field.ui.help,
        "unit": field.ui.unit,
        "default": default if _is_plain(default) else None,
        "range": None if field.range is None else [field.range.low, field.range.high],
        "choices": list(field.choices),
        "live": field.ui.live,
    }


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | tuple) and not isinstance(value, BaseModel)


def _part_lines(rows: list[dict[str, Any]], *, with_fields: bool) -> Iterator[str]:
    for row in rows:
        yield f"{row['family']:<14} {row['kind']:<22} {row['summary']}"
        for field in row["fields"] if with_fields else []:
            limits = (
                "" if field["range"] is None else f" [{field['range'][0]}, {field['range'][1]}]"
            )
            default = json.dumps(field["default"])
            yield f"    {field['name']} = {default}{limits} {field['unit']}  {field['help']}"


def _preset_row(preset: Preset, *, whole: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": preset.id,
        "name": preset.title,
        "family": preset.family,
        "citation": preset.citation,
        "explanation": preset.explanation,
        "equation": preset.equation,
        "expect": preset.expect,
        "published": _published_rows(preset),
    }
    if whole:
        recipe = preset.recipe_for(load_catalog(), DataSpec(), "cpu")
        row["recipe"] = recipe.model_dump(mode="json")
    return row


def _preset_lines(presets: list[Preset], *, whole: bool) -> Iterator[str]:
    for preset in presets:
        yield f"{preset.id:<24} {preset.family:<18} {preset.title}: {preset.citation}"
        if whole:
            yield preset.explanation
            yield preset.equation
            yield preset.expect
            for row in _published_rows(preset):
                number = f"{row['method']} {row['value']:g} %"
                yield f"    {number}: {row['measure']}, {row['data']}, {row['encoder']}"
                yield f"        {row['source']}"


def _published_rows(preset: Preset) -> list[dict[str, Any]]:
    results = published_results()
    return [
        {
            "method": row.method,
            "measure": row.measure,
            "value": row.value,
            "data": row.data,
            "encoder": row.encoder,
            "source": results.sources[row.source].citation,
        }
        for row in results.of(preset.id)
    ]


def _problem_row(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "severity": problem.severity,
        "text": problem.text,
        "fix": None if problem.fix is None else problem.fix.label,
    }


def _fix_words(problem: Problem) -> str:
    return "" if problem.fix is None else f" Fix: {problem.fix.label}."


def _run_row(card: RunCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "path": str(card.path),
        "name": card.name,
        "preset": card.preset,
        "data": card.source,
        "state": card.state,
        "steps": card.summary.step,
        "progress": card.summary.progress,
        "checkpoints": list(card.summary.checkpoints),
        "best_checkpoint": None if card.summary.best is None else card.summary.best.step,
        "branched_from": None if card.origin is None else asdict(card.origin),
        "sweep": None if card.sweep is None else asdict(card.sweep),
        "problem": card.problem,
    }
