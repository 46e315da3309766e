"""How much of a training step is the network: whole steps against the bare network's.

The bare side is the same objective, optimizer and precision on one batch of views made beforehand;
what a whole step takes longer is images, views and bookkeeping. The sides take turns and the best
of each counts. `python packaging/bench_training.py [seconds per case] [device]`
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from sslstudio.catalog.assemble import assemble
from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import DataSpec, Recipe
from sslstudio.engine.device import choose_compute, resolve_device
from sslstudio.engine.images import ImageStore
from sslstudio.engine.observe import draw_batch
from sslstudio.engine.sampling import seeded
from sslstudio.engine.session import Session
from sslstudio.services.preparation import plan_for
from sslstudio.services.presets import find_recipe

IMAGES = 4096
TURN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """SimCLR with one encoder at one size."""

    name: str
    encoder: dict[str, Any]
    size: int
    batch: int


CASES = (
    Case("convnet_32px", {"kind": "convnet"}, 32, 256),
    Case("resnet18_32px", {"kind": "resnet", "depth": "18"}, 32, 256),
)
LARGE_CASES = (
    Case("resnet18_32px_batch_1024", {"kind": "resnet", "depth": "18"}, 32, 1024),
    Case("resnet50_96px", {"kind": "resnet", "depth": "50"}, 96, 512),
)
"""Tried on a GPU only."""


def measure(seconds_per_case: float, device: str = "auto") -> dict[str, float | str]:
    """Return images per second of whole steps, of the bare network and of views alone."""
    chosen = resolve_device(device)
    cases = CASES if chosen == "cpu" else (*CASES, *LARGE_CASES)
    results: dict[str, float | str] = {}
    for case in cases:
        rates, precision = _race(case, chosen, seconds_per_case)
        name = f"training_{case.name}"
        results[f"{name}_precision"] = precision
        for side, rate in rates.items():
            results[f"{name}_{side}_images_per_second"] = round(rate)
        results[f"{name}_share_of_bare"] = round(rates["whole"] / rates["bare"], 3)
    return results


def session_of(case: Case, device: str) -> Session:
    """Return a session of a case on random images, in the precision that a run would take."""
    catalog = load_catalog()
    recipe: Recipe = find_recipe("simclr", catalog, DataSpec(size=case.size), "cpu")
    changes = {"encoder": case.encoder, "training.batch_size": case.batch, "views.0.size": None}
    for path, value in changes.items():
        recipe = with_value(recipe, path, value, catalog.kinds)
    store = _store(case.size, torch.device(device))
    facts = store.facts()
    parts = assemble(recipe, catalog, facts, store.device)
    shape = (3, case.size, case.size)
    compute = choose_compute(parts.encoder, shape, device, recipe.training.precision)
    if compute.channels_last:
        parts.objective.to(memory_format=torch.channels_last)
    session = Session(parts, plan_for(recipe, store, facts, compute))
    session.prepare()
    parts.objective.train()
    return session


def _store(size: int, device: torch.device) -> ImageStore:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (IMAGES, 3, size, size), generator=generator).to(torch.uint8)
    rows = torch.arange(IMAGES)
    return ImageStore(
        images=images.to(device),
        labels=(rows % 10).to(device),
        train=rows[:-256],
        validation=rows[-256:-128],
        held_out=rows[-128:],
        device=device,
    )


def _race(case: Case, device: str, seconds: float) -> tuple[dict[str, float], str]:
    whole, bare = session_of(case, device), session_of(case, device)
    sides: dict[str, Callable[[], object]] = {
        "whole": whole.advance,
        "bare": _bare_side(bare),
        "views": _views_side(bare),
    }
    best = dict.fromkeys(sides, 0.0)
    for side in sides.values():
        _rate(side, case.batch, device)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, side in sides.items():
            best[name] = max(best[name], _rate(side, case.batch, device))
    return best, whole.plan.compute.precision


def _bare_side(session: Session) -> Callable[[], object]:
    indices = session.sampler.indices(0)
    rows = session.plan.store.train[indices]
    batch = draw_batch(session.parts, session.plan, rows, indices, seeded("cpu", "views"))
    return lambda: session.optimisation.step(batch, 0.5)


def _views_side(session: Session) -> Callable[[], object]:
    indices = session.sampler.indices(0)
    rows = session.plan.store.train[indices]
    generator = seeded("cpu", "views")
    return lambda: draw_batch(session.parts, session.plan, rows, indices, generator)


def _rate(side: Callable[[], object], batch: int, device: str) -> float:
    """Return images per second over half a second of steps that are all done at its end."""
    _wait(device)
    began = time.perf_counter()
    steps = 0
    while steps < 1 or time.perf_counter() - began < TURN_SECONDS:
        side()
        steps += 1
    _wait(device)
    return steps * batch / (time.perf_counter() - began)


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def main() -> None:
    """Print one JSON object."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    device = sys.argv[2] if len(sys.argv) > 2 else "auto"
    print(json.dumps(measure(seconds, device), indent=2))


if __name__ == "__main__":
    main()
