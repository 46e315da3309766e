"""One row of the science report: a preset trained for a fixed number of steps, and its scores."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from code_hash import ROOT, recipe_hash

from sslstudio.catalog.catalog import Catalog, load_catalog
from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import Budget, DataSpec, Recipe
from sslstudio.engine.device import describe_device
from sslstudio.engine.linear_probe import probe_accuracy
from sslstudio.engine.observe import draw_batch
from sslstudio.engine.plan import Parts, Plan
from sslstudio.engine.sampling import seeded
from sslstudio.engine.session import Session
from sslstudio.services.datasets import ImageSet, open_images
from sslstudio.services.encoders import from_run, random_twin
from sslstudio.services.evaluation import SETTLING, evaluate
from sslstudio.services.places import cache_folder
from sslstudio.services.presets import find_recipe
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.runner import RunControl
from sslstudio.services.runs.training import begin, run_training

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
    task: bool = False
    """True where the task's own terms on held-out images are part of the row."""
    linear: bool = False
    """True where a linear probe is part of the row, beside the neighbours."""
    turns: bool = False
    """True where it is asked how well quarter turns can be told from the embeddings."""
    changes: tuple[tuple[str, Any], ...] = ()
    """Recipe paths and values that differ from the preset's."""

    @property
    def key(self) -> str:
        """The row's name in the report."""
        return f"{self.preset}/{self.data}/{self.seed}"

    def recipe(self, catalog: Catalog) -> Recipe:
        """Return the preset as it runs on a CPU with these images and this budget."""
        recipe = find_recipe(self.preset, catalog, DataSpec(source=_source(self.data)), "cpu")
        for path, value in (("seed", self.seed), *self.changes):
            recipe = with_value(recipe, path, value, catalog.kinds)
        if not recipe.objective.trainable:
            return recipe
        budget = Budget(unit="steps", amount=self.steps)
        return with_value(recipe, "training.budget", budget, catalog.kinds)


def measured(trial: Trial, threads: int, device: str) -> Row:
    """Return the trained trial's row; `threads` is what PyTorch may use."""
    torch.set_num_threads(threads)
    return _measured(trial, load_catalog(), device)


def _source(data: str) -> str:
    if data != "cifar10":
        return data
    return os.environ.get("SSLSTUDIO_CIFAR10", str(ROOT.parent / "shared/data/cifar10.zip"))


def trial_hash(trial: Trial, catalog: Catalog) -> str:
    """Return what the row depends on, as one hash: the recipe and the code that it reaches."""
    recipe = trial.recipe(catalog)
    # Where the images lie says nothing about what they are.
    data = recipe.data.model_copy(update={"source": trial.data})
    return recipe_hash(recipe.model_copy(update={"data": data}))


def _measured(trial: Trial, catalog: Catalog, device: str) -> Row:
    recipe = trial.recipe(catalog)
    # Now, and not at the end: the code that is loaded counts, not what it was changed to meanwhile.
    hash_before = trial_hash(trial, catalog)
    images = open_images(recipe.data, cache=cache_folder())
    parts, plan, environment = begin(recipe, catalog, images, device)
    before = _task(*_untrained(recipe, catalog, images, device)) if trial.task else {}
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder.create(Path(place) / "run", recipe, environment)
        began = time.perf_counter()
        events = list(run_training(folder, parts, plan, RunControl(), resume=False))
        seconds = time.perf_counter() - began
        verdicts = [e.state for e in events if e.kind == "verdict"]
        readings = [e.readings for e in events if e.kind == "measured"]
        terms = [e.terms for e in events if e.kind == "stepped"]
        seen = [reading["knn"] for reading in readings if "knn" in reading]
        ended = next(e for e in events if e.kind == "finished")
        scores = _scores(folder, images, catalog)
        probes = _linear(folder, images, catalog) if trial.linear else {}
        turns = {"turns": _turns(folder, images, catalog)} if trial.turns else {}
    return {
        "hash": hash_before,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "machine": _machine(device),
        "steps": ended.step,
        "seconds": round(seconds, 1),
        "outcome": ended.outcome,
        "verdict": verdicts[-1] if verdicts else "",
        "ever_collapsed": "collapsed" in verdicts,
        # On validation images: what a change of a preset may be decided by.
        "validation": {"untrained": round(seen[0], 4), "trained": round(seen[-1], 4)},
        **scores,
        **turns,
        "linear": probes,
        "terms": _rounded(terms[-1]),
        "readings": _rounded(readings[-1]),
        "task_before": before,
        "task_after": _task(parts, plan) if trial.task else {},
    }


def _untrained(
    recipe: Recipe, catalog: Catalog, images: ImageSet, device: str
) -> tuple[Parts, Plan]:
    """Return the parts as they are when the first step begins."""
    parts, plan, _ = begin(recipe, catalog, images, device)
    session = Session(parts, plan)
    session.prepare()
    parts.objective.before_epoch(0, session.clean, seeded("cpu", plan.seed, "prepare", 0))
    return parts, plan


def _scores(folder: RunFolder, images: ImageSet, catalog: Catalog) -> dict[str, float]:
    result = evaluate(from_run(folder, catalog), images, catalog, "knn")
    return {
        "knn": round(result.trained.accuracy, 4),
        "random_encoder": round(result.random_encoder.accuracy, 4),
        "raw_pixels": round(result.raw_pixels.accuracy, 4),
    }


def _linear(folder: RunFolder, images: ImageSet, catalog: Catalog) -> dict[str, float]:
    """Return the accuracy of a linear probe on the encoder, and on the same untrained."""
    rows, held_out = (np.asarray(r) for r in (images.train_indices(), images.held_out_indices()))
    labels = torch.from_numpy(images.labels)
    trained = from_run(folder, catalog)
    untrained = random_twin(trained, catalog, images.images[rows][:SETTLING])
    scores: dict[str, float] = {}
    for name, encoder in (("trained", trained), ("untrained", untrained)):
        bank, queries = (
            torch.from_numpy(encoder.embed(images.images[r])) for r in (rows, held_out)
        )
        scores[name] = probe_accuracy(bank, labels[rows], queries, labels[held_out])
    return _rounded(scores)


def _turns(folder: RunFolder, images: ImageSet, catalog: Catalog) -> float:
    """Return how often a linear probe on the embeddings tells by which quarter turns one came."""
    trained = from_run(folder, catalog)
    sides: list[torch.Tensor] = []
    for rows, count in ((images.train_indices(), 4096), (images.held_out_indices(), 2048)):
        chosen = images.images[np.asarray(rows)[:count]]
        turned = [np.rot90(image, n % 4, axes=(1, 2)) for n, image in enumerate(chosen)]
        sides += [torch.from_numpy(trained.embed(np.stack(turned))), torch.arange(len(turned)) % 4]
    return round(probe_accuracy(*sides), 4)


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
    return _rounded({name: float(np.mean(values)) for name, values in sums.items()})


def _rounded(numbers: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in numbers.items()}


def _machine(device: str) -> str:
    if device != "cpu":
        return describe_device(device)
    threads, speed = torch.get_num_threads(), torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()}, {threads} threads, {speed}"


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def write_json(file: Path, content: object) -> None:
    """Write a report whole or not at all."""
    temporary = file.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    temporary.replace(file)
