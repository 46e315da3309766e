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
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.optimise import autocast
from sslstudio.engine.plan import Compute, Parts, Plan
from sslstudio.engine.sampling import seeded
from sslstudio.engine.session import Session
from sslstudio.services.datasets import ImageSet
from sslstudio.services.preparation import make_store, plan_for, resolve_compute

BATCHES = 2
"""Training images that the trial sees, in batches: enough to draw different ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Measured costs; the mappings are keyed by a block's path in the recipe."""

    seconds: float
    memory_bytes: int
    images_per_second: float
    views_per_second: float
    parameters: int
    compute: Compute
    shapes: dict[str, str]
    milliseconds: dict[str, float]
    block_parameters: dict[str, int]


def dry_run(recipe: Recipe, catalog: Catalog, images: ImageSet, device: str) -> DryRun:
    """Return what two steps on real images cost; weights and files stay untouched."""
    store = make_store(images, recipe, device)
    full_steps = len(store.train) // min(recipe.training.batch_size, len(store.train))
    few = store.train[: max(2, min(len(store.train), BATCHES * recipe.training.batch_size))]
    parts, facts, compute = resolve_compute(recipe, catalog, replace(store, train=few), device)
    plan = plan_for(recipe, replace(store, train=few), facts, compute)
    session = Session(parts, plan)
    session.prepare()
    parts.objective.train()
    with _hooks(parts) as forward:
        session.advance()
        forward.clear()
        began = time.perf_counter()
        session.advance()
        _wait(compute)
        step_seconds = time.perf_counter() - began
    views = _time_views(parts, plan)
    return DryRun(
        seconds=_duration(recipe, step_seconds, full_steps),
        memory_bytes=_memory(compute),
        images_per_second=plan.batch_size / step_seconds,
        views_per_second=plan.batch_size * recipe.view_count() / step_seconds,
        parameters=sum(p.numel() for p in parts.objective.parameters() if p.requires_grad),
        compute=compute,
        shapes=_shapes(parts, plan),
        milliseconds=_shares(step_seconds, views, forward),
        block_parameters={
            path: sum(p.numel() for p in module.parameters())
            for path, module in _blocks(parts).items()
        },
    )


def _blocks(parts: Parts) -> dict[str, nn.Module]:
    blocks: dict[str, nn.Module] = {"encoder": parts.encoder}
    for name, module in parts.objective.named_children():
        if name != "encoder":
            blocks[f"objective.{name}"] = module
    return blocks


@contextmanager
def _hooks(parts: Parts) -> Iterator[dict[str, float]]:
    seconds: dict[str, float] = {}
    handles = []
    for path, module in _blocks(parts).items():
        started: list[float] = []
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
        seconds[path] = seconds.get(path, 0.0) + time.perf_counter() - started.pop()

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


def _shapes(parts: Parts, plan: Plan) -> dict[str, str]:
    raw = plan.store.fetch(plan.store.train[:2])
    shapes: dict[str, str] = {}
    with torch.no_grad(), autocast(plan.compute):
        parts.objective.eval()
        for index, source in enumerate(parts.views):
            view = source.pipeline(raw, seeded("cpu", "shapes"))
            shapes[f"views.{index}"] = "·".join(str(side) for side in view.shape[1:])
            h = parts.encoder(view)
            shapes["encoder"] = str(h.shape[1])
            shapes["objective.projector"] = str(parts.objective.project(h).shape[1])
    return shapes


def _duration(recipe: Recipe, step_seconds: float, steps_per_epoch: int) -> float:
    budget = recipe.training.budget
    if budget.unit == "minutes":
        return 60.0 * budget.amount
    steps = budget.amount if budget.unit == "steps" else budget.amount * steps_per_epoch
    return steps * step_seconds


def _memory(compute: Compute) -> int:
    if compute.device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    return int(psutil.Process().memory_info().rss)


def _wait(compute: Compute) -> None:
    if compute.device.startswith("cuda"):
        torch.cuda.synchronize()
    elif compute.device == "mps":
        torch.mps.synchronize()
