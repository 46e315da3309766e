"""What a recipe will cost on this machine, measured on one batch before it is started."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psutil
import torch
from torch import Tensor, nn

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.recipe import Budget, Recipe
from sslstudio.engine.images import ImageStore
from sslstudio.engine.plan import Compute, Parts, Plan
from sslstudio.engine.sampling import seeded
from sslstudio.engine.session import Session
from sslstudio.services.datasets import ImageSet
from sslstudio.services.outline import blocks_of
from sslstudio.services.preparation import make_store, plan_for, resolve_compute

BATCHES = 2
"""Training images that the trial sees, in batches: enough to draw different ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Measured costs; `milliseconds` is keyed by a block's path in the recipe."""

    step_seconds: float
    steps_per_epoch: int
    memory_bytes: int
    views_per_second: float
    compute: Compute
    milliseconds: dict[str, float]

    def run_seconds(self, budget: Budget) -> float:
        """Return how long a budget lasts."""
        if budget.unit == "minutes":
            return 60.0 * budget.amount
        epochs = budget.unit == "epochs"
        steps = budget.amount * self.steps_per_epoch if epochs else budget.amount
        return steps * self.step_seconds


def dry_run(recipe: Recipe, catalog: Catalog, images: ImageSet, compute: Compute | str) -> DryRun:
    """Return what two steps on real images cost; weights and files stay untouched.

    `compute` is a device's name, for which the fastest precision is then measured, or the choice
    that was made before for the same encoder.
    """
    store = make_store(images, recipe, compute if isinstance(compute, str) else compute.device)
    usable = _usable(store, recipe)
    full_steps = len(usable) // min(recipe.training.batch_size, len(usable))
    few = usable[: max(2, min(len(usable), BATCHES * recipe.training.batch_size))]
    sample = replace(store, train=few, run_images=len(usable))
    parts, facts, chosen = resolve_compute(recipe, catalog, sample, compute)
    plan = plan_for(recipe, sample, facts, chosen)
    session = Session(parts, plan)
    session.prepare()
    parts.objective.train()
    with _hooks(parts) as forward:
        session.advance()
        forward.clear()
        began = time.perf_counter()
        session.advance()
        _wait(chosen)
        step_seconds = time.perf_counter() - began
    return DryRun(
        step_seconds=step_seconds,
        steps_per_epoch=full_steps,
        memory_bytes=_memory(chosen),
        views_per_second=plan.batch_size * recipe.view_count() / step_seconds,
        compute=chosen,
        milliseconds=_shares(step_seconds, _time_views(parts, plan), forward),
    )


def _usable(store: ImageStore, recipe: Recipe) -> Tensor:
    """Return the training rows that enter the steps: those with a label, if labels are needed."""
    if not recipe.objective.needs_labels:
        return store.train
    labels = store.labels[store.train.to(store.labels.device)].cpu()
    labelled = store.train[labels >= 0]
    # Without any, the objective itself says so.
    return labelled if len(labelled) else store.train


@contextmanager
def _hooks(parts: Parts) -> Iterator[dict[str, float]]:
    seconds: dict[str, float] = {}
    handles = []
    for path, block in blocks_of(parts.objective).items():
        started: list[float] = []
        # A block may be asked for its maps, or be a list: then only what lies within it is called.
        for module in block.modules():
            handles.append(module.register_forward_pre_hook(_start(started)))
            handles.append(module.register_forward_hook(_stop(path, started, seconds)))
    try:
        yield seconds
    finally:
        for handle in handles:
            handle.remove()


def _start(started: list[float]) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    def hook(_module: nn.Module, _inputs: tuple[Tensor, ...]) -> None:
        started.append(time.perf_counter())

    return hook


def _stop(
    path: str, started: list[float], seconds: dict[str, float]
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        began = started.pop()
        if not started:  # what lies within counts as part of what holds it
            seconds[path] = seconds.get(path, 0.0) + time.perf_counter() - began

    return hook


def _time_views(parts: Parts, plan: Plan) -> dict[str, float]:
    rows = plan.store.train[: plan.batch_size]
    raw = plan.store.fetch(rows)
    seconds: dict[str, float] = {}
    for index, source in enumerate(parts.views):
        generator = seeded("cpu", "dry run", index)
        began = time.perf_counter()
        for _ in range(source.copies):
            source.pipeline(raw, generator)
        _wait(plan.compute)
        seconds[f"views.{index}"] = time.perf_counter() - began
    return seconds


def _shares(step: float, views: dict[str, float], forward: dict[str, float]) -> dict[str, float]:
    # Backward passes cost in proportion to forward ones; what views leave is shared out so.
    rest = max(0.0, step - sum(views.values()))
    whole = sum(forward.values()) or 1.0
    shares = {path: rest * seconds / whole for path, seconds in forward.items()}
    return {path: 1000.0 * seconds for path, seconds in {**views, **shares}.items()}


def _memory(compute: Compute) -> int:
    if compute.device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    return int(psutil.Process().memory_info().rss)


def _wait(compute: Compute) -> None:
    if compute.device.startswith("cuda"):
        torch.cuda.synchronize()
    elif compute.device == "mps":
        torch.mps.synchronize()
