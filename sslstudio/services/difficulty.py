"""How hard each image is for a run's checkpoint, measured once and kept in the run's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from sslstudio.catalog.assemble import assemble
from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.errors import CancelledError, DataError, RunError
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.difficulty import Difficulty, difficulty
from sslstudio.engine.plan import Parts, Plan
from sslstudio.engine.session import Session
from sslstudio.services.datasets import ImageSet
from sslstudio.services.encoders import Progress, facts_of
from sslstudio.services.files import UNREADABLE, write_atomically
from sslstudio.services.preparation import make_store, plan_for
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.training import available_compute

Split = Literal["training", "held-out"]
SMALLEST_SPREAD = 1e-6
"""Distances of views that differ by less come from rounding."""


def cached_difficulty(
    folder: RunFolder,
    catalog: Catalog,
    images: ImageSet,
    at: tuple[int, Split],
    *,
    progress: Progress = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Difficulty:
    """Return the difficulty of a split's images, in their order, for the checkpoint of a step.

    DataError if neither the objective nor the views tell single images apart.
    """
    step, split = at
    name = f"difficulty-{step:08d}-{split}-{images.fingerprint[:16]}.npz"
    file = folder.path / "embeddings" / name
    found = _read(file)
    if found is not None:
        return found

    def report(done: int, total: int) -> None:
        if cancelled():
            raise CancelledError("Measuring single images was stopped.")
        progress(done, total)

    rows = images.held_out_indices() if split == "held-out" else images.train_indices()
    parts, plan = _at_checkpoint(folder, catalog, images, step)
    found = difficulty(parts, plan, torch.from_numpy(np.asarray(rows, dtype=np.int64)), report)
    if found.kind == "alignment" and float(found.values.abs().max()) < SMALLEST_SPREAD:
        raise DataError(
            "This objective has no loss for a single image, and its views of an image are alike.",
            "Colour the map by class or split instead.",
        )
    _write(found, file)
    return found


def _at_checkpoint(
    folder: RunFolder, catalog: Catalog, images: ImageSet, step: int
) -> tuple[Parts, Plan]:
    """Return a run's parts as they were after a step, with a plan over these images."""
    state = unflatten(*folder.read_checkpoint(step))
    recipe, facts = folder.recipe(catalog), facts_of(state["facts"])
    compute = available_compute(folder)
    store = make_store(images, recipe, compute.device)
    parts = assemble(recipe, catalog, facts, store.device)
    if compute.channels_last:
        parts.objective.to(memory_format=torch.channels_last)
    plan = plan_for(recipe, store, facts, compute)
    try:
        Session(parts, plan).restore(state)
    except RuntimeError as error:
        raise RunError(
            f"{folder.path}: the checkpoint of step {step} does not fit this build's parts.",
            "It was trained by another version of sslstudio; use that one, or train anew.",
        ) from error
    return parts, plan


def _read(file: Path) -> Difficulty | None:
    try:
        with np.load(file, allow_pickle=False) as content:
            values: npt.NDArray[np.float32] = content["values"]
            is_loss = bool(content["is_loss"])
    except UNREADABLE:
        # Not measured yet, or cut off: it can be made again.
        return None
    return Difficulty(torch.from_numpy(values), "loss" if is_loss else "alignment")


def _write(found: Difficulty, file: Path) -> None:
    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            np.savez(stream, values=found.values.numpy(), is_loss=np.bool_(found.kind == "loss"))

    file.parent.mkdir(exist_ok=True)
    write_atomically(file, write)
