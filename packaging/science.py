"""Trains every preset for a fixed number of steps and keeps what it learned: `make science`.

    python packaging/science.py [--only ID] [--check] [--data NAME]

A row is one preset on one data set with one seed. It is measured once: as long as the recipe and
the code of its parts stay the same, it is not measured again. `--check` measures nothing and says
which rows are out of date. Results: resources/science_report.json and docs/science.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import science_page
import torch
from code_hash import ROOT, recipe_hash

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import Budget, DataSpec, Recipe
from sslstudio.engine.observe import draw_batch
from sslstudio.engine.plan import Parts, Plan
from sslstudio.engine.sampling import seeded
from sslstudio.services.datasets import ImageSet, open_images
from sslstudio.services.encoders import from_run
from sslstudio.services.evaluation import evaluate
from sslstudio.services.places import cache_folder
from sslstudio.services.presets import find_recipe, load_presets
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.runner import RunControl
from sslstudio.services.runs.training import begin, run_training

REPORT = ROOT / "resources" / "science_report.json"
PLAN = Path(__file__).parent / "science_plan.json"
TASK_IMAGES = 512
"""Held-out images on which a task of its own (painting, answering) is measured."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One preset on one data set with one seed."""

    preset: str
    data: str
    seed: int
    steps: int
    task: bool

    @property
    def key(self) -> str:
        """The row's name in the report."""
        return f"{self.preset}/{self.data}/{self.seed}"

    def recipe(self, catalog: Catalog) -> Recipe:
        """Return the preset as it runs on a CPU with these images and this budget."""
        recipe = find_recipe(self.preset, catalog, DataSpec(source=_source(self.data)), "cpu")
        recipe = with_value(recipe, "seed", self.seed, catalog.kinds)
        if not recipe.objective.trainable:
            return recipe
        budget = Budget(unit="steps", amount=self.steps)
        return with_value(recipe, "training.budget", budget, catalog.kinds)


def main() -> int:
    """Return 0, or 1 if `--check` finds rows that are missing or out of date."""
    options = _options()
    catalog = load_catalog()
    report: dict[str, Row] = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    trials = [t for t in _trials() if options.only in ("", t.preset)]
    trials = [t for t in trials if options.data in ("", t.data)]
    stale = [t for t in trials if not _is_current(t, report, catalog)]
    if options.check:
        for trial in stale:
            print(f"out of date: {trial.key}")
        return 1 if stale else 0
    for trial in stale:
        print(f"{trial.key} ...", flush=True)
        report[trial.key] = _measured(trial, catalog)
        known = {t.key for t in _trials()}
        report = {key: row for key, row in sorted(report.items()) if key in known}
        _write(REPORT, json.dumps(report, indent=1) + "\n")
        science_page.write(report, catalog)
        print(json.dumps(report[trial.key]), flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=os.environ.get("ONLY", ""))
    parser.add_argument("--data", default="")
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


def _trials() -> Iterator[Trial]:
    known = {preset.id for preset in load_presets()}
    for line in json.loads(PLAN.read_text()):
        if line["preset"] not in known:
            continue
        for seed in range(line["seeds"]):
            yield Trial(
                preset=line["preset"],
                data=line["data"],
                seed=seed,
                steps=line["steps"],
                task=line.get("task", False),
            )


def _source(data: str) -> str:
    if data != "cifar10":
        return data
    return os.environ.get("SSLSTUDIO_CIFAR10", str(ROOT.parent / "shared/data/cifar10.zip"))


def _is_current(trial: Trial, report: dict[str, Row], catalog: Catalog) -> bool:
    row = report.get(trial.key)
    return row is not None and row["hash"] == _hash(trial, catalog)


def _hash(trial: Trial, catalog: Catalog) -> str:
    recipe = trial.recipe(catalog)
    # Where the images lie says nothing about what they are.
    data = recipe.data.model_copy(update={"source": trial.data})
    return recipe_hash(recipe.model_copy(update={"data": data}))


def _measured(trial: Trial, catalog: Catalog) -> Row:
    recipe = trial.recipe(catalog)
    images = open_images(recipe.data, cache=cache_folder())
    parts, plan, environment = begin(recipe, catalog, images, "cpu")
    before = _task(parts, plan) if trial.task else {}
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder.create(Path(place) / "run", recipe, environment)
        began = time.perf_counter()
        events = list(run_training(folder, parts, plan, RunControl(), resume=False))
        seconds = time.perf_counter() - began
        verdicts = [e.state for e in events if e.kind == "verdict"]
        ended = events[-1]
        scores = _scores(folder, images, catalog)
    return {
        "hash": _hash(trial, catalog),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, "
        f"{torch.backends.cpu.get_cpu_capability()}",
        "steps": ended.step,
        "seconds": round(seconds, 1),
        "outcome": ended.outcome,
        "verdict": verdicts[-1] if verdicts else "",
        "ever_collapsed": "collapsed" in verdicts,
        **scores,
        "task_before": before,
        "task_after": _task(parts, plan) if trial.task else {},
    }


def _scores(folder: RunFolder, images: ImageSet, catalog: Catalog) -> dict[str, float]:
    result = evaluate(from_run(folder, catalog), images, catalog, "knn")
    return {
        "knn": round(result.trained.accuracy, 4),
        "random_encoder": round(result.random_encoder.accuracy, 4),
        "raw_pixels": round(result.raw_pixels.accuracy, 4),
    }


def _task(parts: Parts, plan: Plan) -> dict[str, float]:
    """Return the objective's terms on held-out images, in evaluation mode."""
    rows = plan.store.held_out[:TASK_IMAGES]
    objective = parts.objective
    objective.eval()
    torch.manual_seed(0)
    sums: dict[str, list[float]] = {}
    with torch.no_grad():
        for number, chunk in enumerate(rows.split(128)):
            generator = seeded("cpu", "task", number)
            batch = draw_batch(parts, plan, chunk, torch.arange(len(chunk)), generator)
            for player in objective.players():
                prefix = "" if player.name == "model" else f"{player.name}: "
                for name, value in objective.terms(batch, player.name).items():
                    sums.setdefault(prefix + name, []).append(float(value))
    objective.train()
    return {name: round(float(np.mean(values)), 5) for name, values in sums.items()}


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def _write(file: Path, text: str) -> None:
    temporary = file.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)


if __name__ == "__main__":
    sys.exit(main())
