"""A new run that begins with a checkpoint of another one, which stays as it is."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sslstudio.domain.errors import RunError
from sslstudio.domain.events import Dropped, Event, Saved, Shown
from sslstudio.domain.run import fold
from sslstudio.services.files import disk_errors, write_atomically, write_text
from sslstudio.services.runs.checkpoints import listed, standing
from sslstudio.services.runs.folder import RunFolder

COPIED = ("env.json", "recipe.json")
"""The recipe comes last: without it a folder is no run, should the copying be interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a branch comes from."""

    run: str
    """The other run's id."""
    name: str
    step: int

    def words(self) -> str:
        """Return it as a sentence."""
        return f"Branched from {self.name} at step {self.step:,}."


def branch(source: RunFolder, step: int, name: str, target: Path) -> RunFolder:
    """Return a new run folder that goes on from `step` of another run, called `name`.

    It has the other run's recipe, environment and history up to that step, live edits included;
    resuming it is what trains it. RunError if there is no such checkpoint, no budget left at it,
    or something at `target`.
    """
    _require(source, step)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RunError(f"{target} exists already and is not empty.", "Give another --out.")
    with disk_errors(target):
        (target / "checkpoints").mkdir(parents=True)
    try:
        _fill(source, step, name, target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return RunFolder.open(target)


def origin_of(folder: RunFolder) -> Origin | None:
    """Return where a run branched off; None for a run of its own."""
    content = folder.notes().get("branched_from")
    if not isinstance(content, dict):
        return None
    with suppress(KeyError, TypeError, ValueError):
        return Origin(run=str(content["run"]), name=str(content["name"]), step=int(content["step"]))
    return None


def _require(source: RunFolder, step: int) -> None:
    summary = standing(source)
    if step not in summary.checkpoints:
        steps = summary.checkpoints
        raise RunError(f"{source.path} holds no checkpoint of step {step}.", listed(steps))
    if step not in summary.branchable:
        raise RunError(
            f"The budget of {source.path} is used up at step {step}: nothing is left to train.",
            "Branch from an earlier checkpoint.",
        )


def _fill(source: RunFolder, step: int, name: str, target: Path) -> None:
    kept = RunFolder(target)
    history = _history(source, step)
    _copy(source.checkpoint_file(step), kept.checkpoint_file(step))
    shown = fold(history).shown
    if shown is not None:
        _copy_picture(source, shown, target)
    log = "".join(event.model_dump_json() + "\n" for event in history)
    write_text(target / "events.jsonl", log)
    origin = {"run": source.id, "name": name, "step": step}
    kept.write_notes({"name": f"{name}, from step {step:,}", "branched_from": origin})
    for file in COPIED:
        _copy(source.path / file, target / file)


def _history(source: RunFolder, step: int) -> list[Event]:
    """Return what the log says up to the moment when the checkpoint was written."""
    events = source.events()
    written = [
        place
        for place, event in enumerate(events)
        if isinstance(event, Saved) and event.step == step
    ]
    if written:
        history = events[: written[-1] + 1]
    else:
        # A process killed between a checkpoint and its line leaves no such line.
        history = [*events, Saved(step=step, path=_name_in(source, step))]
    gone = tuple(saved for saved in fold(history).checkpoints if saved != step)
    return [*history, Dropped(step=step, steps=gone)] if gone else history


def _name_in(source: RunFolder, step: int) -> str:
    return source.checkpoint_file(step).relative_to(source.path).as_posix()


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    write_atomically(target, lambda temporary: _copy_content(file, temporary))


def _copy_content(file: Path, target: Path) -> None:
    shutil.copyfile(file, target)


def _copy_picture(source: RunFolder, shown: Shown, target: Path) -> None:
    picture = source.path / shown.path
    if picture.is_file():
        _copy(picture, target / shown.path)
