"""A run as a page for others: what was trained, how it went, and what came out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.check import parts_of
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.events import ShownRow
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.run import RunSummary
from sslstudio.domain.spec import Spec
from sslstudio.services.files import UNREADABLE, write_text
from sslstudio.services.presets import load_presets
from sslstudio.services.runs.branching import origin_of
from sslstudio.services.runs.checkpoints import standing
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.report_chart import spoken
from sslstudio.services.runs.report_course import Course
from sslstudio.services.runs.report_page import (
    charts,
    folded,
    heading,
    page,
    paragraph,
    picture_row,
    table,
)

VIEWS = ("view_a", "view_b")
OUTCOMES = {
    "done": "Trained to the end of its budget",
    "stopped": "Stopped",
    "failed": "Stopped by an error",
}
COLUMNS = {
    "trained": "This encoder",
    "random_encoder": "The same untrained",
    "raw_pixels": "Raw pixels",
    "pca": "Their principal components",
}


def write_report(folder: RunFolder, catalog: Catalog, name: str, file: Path) -> None:
    """Write a page of HTML that needs no other file; StudioError if that fails."""
    write_text(file, report(folder, catalog, name))


def report(folder: RunFolder, catalog: Catalog, name: str) -> str:
    """Return the page: verdict, recipe, curves, readings, scores, pictures, environment."""
    summary, course = standing(folder), Course.of(folder.events())
    try:
        recipe = folder.recipe(catalog)
    except RecipeError:
        recipe = None
    readings = ["Reading", "Untrained", "Last", "Healthy", "How to read it"]
    body = [
        f"<h1>{escape(name)}</h1>",
        *_standing(folder, summary),
        *_trained(recipe, catalog),
        heading("How it went"),
        charts(course.charts()),
        heading("Readings"),
        table(readings, course.table()),
        *_scores(folder.notes().get("evaluations")),
        heading("What happened"),
        table(["Step", "Event"], [(f"{step:,}", words) for step, words in course.happened]),
        *_pictures(folder, summary),
        *_appendix(folder, recipe),
    ]
    return page(name, body)


def _standing(folder: RunFolder, summary: RunSummary) -> Iterator[str]:
    steps = f"{summary.step:,}"
    if summary.total_steps:
        steps += f" of {summary.total_steps:,}"
    state = OUTCOMES.get(summary.outcome, "Not ended")
    yield paragraph(f"{state}: {steps} steps in {summary.seconds:,.0f} s of training.")
    if summary.verdict is not None:
        word = summary.verdict.replace("-", " ").capitalize()
        yield paragraph(f"{word}. {summary.sentence}")
    if summary.best is not None and summary.best.knn is not None:
        knn, step = spoken(summary.best.knn), summary.best.step
        yield paragraph(f"Best checkpoint: step {step:,} with a validation kNN of {knn}.")
    origin = origin_of(folder)
    if origin is not None:
        yield paragraph(origin.words(), muted=True)
    yield paragraph(f"Run {folder.id}", muted=True)


def _trained(recipe: Recipe | None, catalog: Catalog) -> Iterator[str]:
    yield heading("What was trained")
    if recipe is None:
        yield paragraph("This build cannot read the recipe; it stands below as it was written.")
        return
    preset = next((p for p in load_presets() if p.id == recipe.preset), None)
    if preset is not None:
        yield paragraph(f"{preset.title} ({preset.citation}). {preset.explanation}")
    parts = [_part_row(path, part, catalog) for path, part in parts_of(recipe)]
    rows = sorted([*_blocks(recipe), *parts], key=lambda row: _place(row[0]))
    yield table(["Part", "Choice", "Settings"], rows)


def _place(path: str) -> tuple[int, int]:
    """Return where a part stands in a recipe; a view is followed by its own operations."""
    block, _, rest = path.partition(".")
    number = rest.partition(".")[0]
    return list(Recipe.model_fields).index(block), int(number) if number.isdigit() else 0


def _blocks(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """Yield what of a recipe is no part of the catalogue."""
    content = recipe.model_dump(mode="json")
    yield "data", recipe.data.source, _settings(content["data"], {"source"})
    for number, view in enumerate(content["views"]):
        yield f"views.{number}", view["name"], _settings(view, {"name", "pipeline"})
    kept = content["representation"]
    yield "representation", recipe.representation.layer, _settings(kept, {"layer"})
    budget, training = recipe.training.budget, {**content["training"], "seed": recipe.seed}
    yield "training", f"{spoken(budget.amount)} {budget.unit}", _settings(training, {"budget"})


def _part_row(path: str, part: Spec, catalog: Catalog) -> tuple[str, str, str]:
    try:
        title = catalog.entry(part).title
    except RecipeError:
        title = part.kind
    content = part.model_dump(mode="json")
    return path, title, _settings(content, {"kind"})


def _settings(content: Mapping[str, Any], left_out: set[str]) -> str:
    """Return the values that are no parts of their own, in one line."""
    shown = [
        f"{name.replace('_', ' ')} {_value(value)}"
        for name, value in content.items()
        if name not in left_out and value not in (None, [], "") and not _holds_parts(value)
    ]
    return ", ".join(shown)


def _holds_parts(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and "kind" in item for item in items)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_value(item)}" for name, item in value.items())
    if isinstance(value, list):
        return " to ".join(_value(item) for item in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return spoken(value) if isinstance(value, float) else str(value)


def _scores(evaluations: object) -> Iterator[str]:
    if not isinstance(evaluations, dict) or not evaluations:
        return
    yield heading("Scores on held-out images")
    rows = []
    for key, content in evaluations.items():
        protocol = str(key).partition("@")[0]
        scores = [_score(content.get(column)) for column in COLUMNS]
        rows.append((protocol, f"{content.get('step', 0):,}", *scores))
    yield table(["Protocol", "Checkpoint", *COLUMNS.values()], rows)


def _score(score: object) -> str:
    if not isinstance(score, dict):
        return ""
    accuracy, low, high = (100 * float(score[name]) for name in ("accuracy", "low", "high"))
    return f"{accuracy:.1f} % ({low:.1f} to {high:.1f})"


def _pictures(folder: RunFolder, summary: RunSummary) -> Iterator[str]:
    shown = summary.shown
    if shown is None:
        return
    yield heading(f"What the model answers at step {shown.step:,}")
    try:
        with np.load(folder.path / shown.path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
    except (*UNREADABLE, AttributeError):
        yield paragraph("The pictures of this step cannot be read.")
        return
    known = {row.caption: row for row in shown.rows}
    for name in shown.captions:
        if name in arrays and name not in VIEWS:
            row = known.get(name, ShownRow(caption=name))
            yield picture_row(name, list(arrays[name]), row.marks)
    if all(name in arrays for name in VIEWS):
        numbers = [f"{name.replace('_', ' ')} {spoken(v)}" for name, v in shown.numbers.items()]
        words = ", ".join(["Two views of one image", *numbers])
        yield picture_row(words, [arrays[name] for name in VIEWS])


def _appendix(folder: RunFolder, recipe: Recipe | None) -> Iterator[str]:
    yield heading("To do it again")
    environment = json.dumps(folder.environment(), indent=2, ensure_ascii=False)
    yield folded("Versions, device, precision and seed", environment)
    text = (folder.path / "recipe.json").read_text(encoding="utf-8", errors="replace")
    if recipe is not None:
        text = json.dumps(recipe.model_dump(mode="json"), indent=2, ensure_ascii=False)
    yield folded("The recipe", text)
