"""Tiny real sessions: generated pictures, a small convnet, a few steps on one thread."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from sslstudio.catalog.assemble import assemble
from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import DataSpec, Recipe
from sslstudio.engine.images import ImageStore
from sslstudio.engine.plan import Compute, Edit, Plan
from sslstudio.engine.session import Session
from sslstudio.services.presets import load_presets
from tests.pictures import as_bytes, pictures

IMAGES = 80
ONE_THREAD = Compute(device="cpu", threads=1)


def small_recipe(catalog: Catalog, preset: str = "simclr", **changes: Any) -> Recipe:
    """Return a preset small enough for a test; `changes` use __ for the dots of a path."""
    chosen = next(p for p in load_presets() if p.id == preset)
    recipe = chosen.recipe_for(catalog, DataSpec(size=16), "cpu")
    small = {
        "encoder": {"kind": "convnet", "width": 8, "stages": 2, "convolutions": 1},
        "training.batch_size": 16,
        "training.budget": {"unit": "steps", "amount": 6},
        "training.precision": "fp32",
    }
    if recipe.objective.needs_patches:
        small["encoder"] = {"kind": "vit", "depth": 1}
    if recipe.objective.needs_patch_grid:
        small["encoder"] = {"kind": "patch-grid", "network": small["encoder"]}
    if recipe.objective.needs_streams:
        small["encoder"] = {"kind": "two-streams", "stream": small["encoder"]}
    if recipe.objective.kind == "fit":
        del small["encoder"]
    if any(view.size for view in recipe.views):
        small["views.0.size"] = 12
    wanted = {path.replace("__", "."): value for path, value in changes.items()}
    for path, value in {**small, **wanted}.items():
        recipe = with_value(recipe, path, value, catalog.kinds)
    return recipe


def small_store(images: int = IMAGES, channels: int = 3) -> ImageStore:
    """Return generated pictures with two alternating labels."""
    raw = as_bytes(pictures(images, 16, channels))
    rows = torch.arange(images)
    return ImageStore(
        images=raw,
        labels=rows % 2,
        train=rows[: images - 24],
        validation=rows[images - 24 : images - 16],
        held_out=rows[images - 16 :],
        device=torch.device("cpu"),
    )


def small_session(
    catalog: Catalog,
    recipe: Recipe,
    store: ImageStore | None = None,
    compute: Compute = ONE_THREAD,
) -> Session:
    """Return a session of a recipe on generated pictures, in fp32 on the CPU unless told."""
    images = store or small_store()
    facts = images.facts()
    parts = assemble(recipe, catalog, facts, images.device)
    if compute.channels_last:
        parts.objective.to(memory_format=torch.channels_last)
    plan = Plan(
        store=images,
        facts=facts,
        batch_size=recipe.training.batch_size,
        budget=recipe.training.budget,
        schedule=recipe.training.schedule,
        seed=recipe.seed,
        compute=compute,
        trainable=recipe.objective.trainable,
        micro_batches=recipe.training.micro_batches,
        micro_batching=recipe.training.micro_batching,
    )
    return Session(parts, plan)


class MemoryKeep:
    """Keeps what training leaves in memory."""

    def __init__(self) -> None:
        self.checkpoints: dict[int, tuple[dict[str, torch.Tensor], Any]] = {}
        self.shown: dict[int, Mapping[str, Any]] = {}

    def checkpoint(self, step: int, tensors: Mapping[str, torch.Tensor], state: Any) -> str:
        copies = {name: tensor.clone() for name, tensor in tensors.items()}
        self.checkpoints[step] = (copies, state)
        return f"checkpoint {step}"

    def pictures(self, step: int, arrays: Mapping[str, Any]) -> str:
        self.shown[step] = arrays
        return f"pictures {step}"


class Script:
    """A control that says stop, or hands out edits, at given polls."""

    def __init__(self, stop_at: int | None = None, edits: dict[int, Edit] | None = None) -> None:
        self.polls = 0
        self.stop_at = stop_at
        self.edits = edits or {}

    def poll(self) -> tuple[bool, tuple[Edit, ...]]:
        number = self.polls
        self.polls += 1
        edit = self.edits.get(number)
        return number == self.stop_at, () if edit is None else (edit,)

    def heeding(self, _others: Any) -> AbstractContextManager[None]:
        return nullcontext()
