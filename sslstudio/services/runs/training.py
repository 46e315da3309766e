"""Starting and resuming a run: events go to its log and to whoever iterates."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

import sslstudio
from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.errors import RunError, StudioError, memory_error
from sslstudio.domain.events import Event, Finished, Saved, VerdictGiven
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.device import available_devices, describe_device
from sslstudio.engine.loop import train
from sslstudio.engine.plan import Compute, Control, Parts, Plan
from sslstudio.engine.session import Session
from sslstudio.services.datasets import ImageSet
from sslstudio.services.preparation import prepare
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.pictures import write_pictures
from sslstudio.services.runs.runner import RunControl
from sslstudio.services.runs.thinning import Thinning

RECORDED = ("torch", "torchvision", "numpy", "timm", "pydantic")


class FolderKeep:
    """Leaves checkpoints and pictures in a run folder."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    def checkpoint(self, step: int, tensors: Mapping[str, Tensor], state: dict[str, Any]) -> str:
        """Store a complete state and return its name within the run."""
        return self.folder.write_checkpoint(step, tensors, state)

    def pictures(self, step: int, arrays: Mapping[str, npt.NDArray[np.uint8]]) -> str:
        """Store pictures and return their name within the run."""
        name = f"pictures/step-{step:08d}.npz"
        write_pictures(self.folder.path / name, arrays)
        return name


def environment_of(compute: Compute, recipe: Recipe, images: ImageSet) -> dict[str, Any]:
    """Return what someone needs to know to repeat a run."""
    return {
        "sslstudio": version("sslstudio"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version(name) for name in RECORDED},
        "device_name": describe_device(compute.device),
        "compute": asdict(compute),
        "seed": recipe.seed,
        "images": {"fingerprint": images.fingerprint, "count": len(images.paths)},
        "package": sslstudio.__name__,
    }


def run_training(
    folder: RunFolder, parts: Parts, plan: Plan, control: RunControl, *, resume: bool
) -> Iterator[Event]:
    """Yield the events of a run while writing them down; the last one is always `Finished`.

    Other processes may pause or stop it through its control file. A failure becomes a `Finished`
    event with its message; what was written before stays intact.
    """
    with folder.locked(), control.heeding(folder.control):
        folder.mend_log()
        step = 0
        try:
            session = Session(parts, plan)
            if resume:
                session.restore(unflatten(*folder.read_checkpoint()))
            for event in _kept_short(session, folder, control):
                step = event.step
                yield event
        except StudioError as error:
            yield from _failed(folder, step, error.message, error.hint)
        except Exception as error:  # one of the three edges: a run must never take others with it
            short = memory_error(error)
            if short is not None:
                yield from _failed(folder, step, short.message, short.hint)
                return
            details = folder.path / "failure.txt"
            with suppress(OSError):
                details.write_text(traceback.format_exc(), encoding="utf-8")
            yield from _failed(
                folder, step, f"Training stopped by an error of ours: {error}", f"See {details}."
            )


def _kept_short(session: Session, folder: RunFolder, control: Control) -> Iterator[Event]:
    """Yield a session's events once they are in the log, with the deletions they allow."""
    thinning = Thinning(folder)
    if session.step not in (0, *thinning.summary.checkpoints):
        # A process killed right after writing this checkpoint could not say so.
        yield from _noted(folder, thinning, _found(session, folder))
    for event in train(session, FolderKeep(folder), control):
        yield from _noted(folder, thinning, event)


def _noted(folder: RunFolder, thinning: Thinning, event: Event) -> Iterator[Event]:
    folder.append(event)
    yield event
    dropped = thinning.after(event)
    if dropped is not None:
        folder.append(dropped)
        thinning.carry_out(dropped)
        yield dropped


def _found(session: Session, folder: RunFolder) -> Saved:
    return Saved(
        step=session.step,
        path=folder.checkpoint_file(session.step).relative_to(folder.path).as_posix(),
        seconds=session.watch.seconds,
        progress=session.progress,
    )


def compute_of(folder: RunFolder) -> Compute:
    """Return the device and precision that a run was started with."""
    content = folder.environment().get("compute")
    if not isinstance(content, dict):
        raise RunError(
            f"{folder.path}: env.json does not say how this run was computed.",
            "Start the recipe anew instead of resuming.",
        )
    return Compute(**content)


def begin(
    recipe: Recipe, catalog: Catalog, images: ImageSet, device: Compute | str
) -> tuple[Parts, Plan, dict[str, Any]]:
    """Return parts, plan and environment of a new run."""
    parts, plan = prepare(recipe, catalog, images, device)
    return parts, plan, environment_of(plan.compute, recipe, images)


def _failed(folder: RunFolder, step: int, message: str, hint: str) -> Iterator[Event]:
    events: list[Event] = []
    if "not a number" in message:
        events.append(VerdictGiven(step=step, state="diverged", sentence=message))
    events.append(Finished(step=step, outcome="failed", seconds=0.0, message=message, hint=hint))
    for event in events:
        # On a full disk the last word cannot be written; whoever iterates must hear it anyway.
        with suppress(StudioError, OSError):
            folder.mend_log()
            folder.append(event)
        yield event


def available_compute(folder: RunFolder, device: str | None = None) -> Compute:
    """Return how a run was computed, or fp32 on `device`; the CPU where this machine lacks it."""
    compute = compute_of(folder) if device is None else Compute(device=device)
    if compute.device.partition(":")[0] not in available_devices():
        return Compute(device="cpu")
    return compute
