"""One run on disk: recipe, environment, events, checkpoints, pictures, notes and a lock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.errors import RunError, StudioError
from sslstudio.domain.events import Event
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.checkpoint import without_shared_storage
from sslstudio.services.files import disk_errors, write_atomically, write_text
from sslstudio.services.presets import read_recipe
from sslstudio.services.runs.control_file import ControlFile, Wish
from sslstudio.services.runs.event_log import EventLog
from sslstudio.services.runs.run_lock import RunLock
from sslstudio.services.tensor_files import save_tensors


class RunFolder:
    """An append-only folder; only `notes.json`, and `control.json` in training, are rewritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RunLock(path)

    @classmethod
    def create(cls, path: Path, recipe: Recipe, environment: Mapping[str, Any]) -> RunFolder:
        """Return a new run folder; RunError if something is already there."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RunError(
                f"{path} exists already and is not empty.",
                "Give another --out, or resume that run with `sslstudio resume`.",
            )
        with disk_errors(path):
            (path / "checkpoints").mkdir(parents=True)
        recipe_text = json.dumps(recipe.model_dump(mode="json"), indent=2, ensure_ascii=False)
        write_text(path / "env.json", json.dumps(dict(environment), indent=2))
        write_text(path / "recipe.json", recipe_text + "\n")
        (path / "events.jsonl").touch()
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Return an existing run folder; RunError if it is none."""
        if not (path / "recipe.json").is_file():
            raise RunError(
                f"{path} is not a run folder: it holds no recipe.json.",
                "List the runs with `sslstudio runs`.",
            )
        return cls(path)

    @property
    def id(self) -> str:
        """The folder's name, which is the run's id in the library."""
        return self.path.name

    def recipe(self, catalog: Catalog) -> Recipe:
        """Return the recipe that this run was started with."""
        return read_recipe(self.path / "recipe.json", catalog)

    def environment(self) -> dict[str, Any]:
        """Return versions, device, resolved precision and seed."""
        return _read_object(self.path / "env.json")

    def notes(self) -> dict[str, Any]:
        """Return what the user wrote: name, tags, free text."""
        return _read_object(self.path / "notes.json")

    def write_notes(self, notes: Mapping[str, Any]) -> None:
        """Replace what the user wrote."""
        write_text(self.path / "notes.json", json.dumps(dict(notes), indent=2, ensure_ascii=False))

    def keep_checkpoint(self, step: int, *, kept: bool) -> None:
        """Let a checkpoint stay while training goes on, or let it go like any other."""
        notes = self.notes()
        steps = (
            {*_steps(notes.get("kept")), step} if kept else {*_steps(notes.get("kept"))} - {step}
        )
        self.write_notes({**notes, "kept": sorted(steps)})

    def kept_steps(self) -> frozenset[int]:
        """Return the checkpoints that the user asked to keep."""
        return _steps(self.notes().get("kept"))

    def wanted_steps(self) -> frozenset[int]:
        """Return the checkpoints that somebody kept, scored or explored."""
        scores = self.notes().get("evaluations")
        scored = [score.get("step") for score in _objects(scores)]
        explored = [_step_in(file.name) for file in (self.path / "embeddings").glob("*.npz")]
        return self.kept_steps() | _steps(scored) | _steps(explored)

    def events(self) -> list[Event]:
        """Return all events in order; a torn last line is ignored."""
        return self.log().new_events()

    def log(self) -> EventLog:
        """Return the run's log, to be read from its beginning and again as it grows."""
        return EventLog(self.path / "events.jsonl")

    def append(self, event: Event) -> None:
        """Add an event to the log."""
        with disk_errors(self.path), (self.path / "events.jsonl").open("ab") as log:
            log.write(event.model_dump_json().encode() + b"\n")

    def mend_log(self) -> None:
        """Cut a torn last line off, so that new events begin on a line of their own."""
        log = self.path / "events.jsonl"
        content = log.read_bytes() if log.exists() else b""
        if content and not content.endswith(b"\n"):
            with log.open("rb+") as file:
                file.truncate(content.rfind(b"\n") + 1)

    def checkpoint_steps(self) -> tuple[int, ...]:
        """Return the steps that have a checkpoint, in order."""
        files = (self.path / "checkpoints").glob("step-*.safetensors")
        return tuple(sorted(int(file.stem.removeprefix("step-")) for file in files))

    def checkpoint_file(self, step: int) -> Path:
        """Return where the checkpoint of a step lies."""
        return self.path / "checkpoints" / f"step-{step:08d}.safetensors"

    def write_checkpoint(self, step: int, tensors: Mapping[str, Tensor], state: Any) -> str:
        """Store a complete state in one safetensors file and return its name in the run."""
        kept, aliases = without_shared_storage(dict(tensors))
        header = {"state": json.dumps(state), "aliases": json.dumps(aliases)}
        file = self.checkpoint_file(step)
        write_atomically(file, lambda temporary: save_tensors(kept, temporary, header))
        return file.relative_to(self.path).as_posix()

    def read_checkpoint(self, step: int | None = None) -> tuple[dict[str, Tensor], Any]:
        """Return tensors and state of a step's checkpoint, the last one by default."""
        from safetensors import SafetensorError, safe_open

        steps = self.checkpoint_steps()
        if not steps or (step is not None and step not in steps):
            missing = "no checkpoint" if step is None else f"no checkpoint of step {step}"
            raise RunError(
                f"{self.path} holds {missing}.",
                "Start the run again; a checkpoint is written every minute at the latest.",
            )
        file = self.checkpoint_file(steps[-1] if step is None else step)
        try:
            with safe_open(file, framework="pt") as content:
                header = content.metadata()
                tensors = {name: content.get_tensor(name) for name in list(content.keys())}
        except (SafetensorError, OSError) as error:
            raise RunError(
                f"{file} is damaged and cannot be read ({error}).",
                "Choose an earlier checkpoint of this run.",
            ) from error
        for name, original in json.loads(header["aliases"]).items():
            tensors[name] = tensors[original]
        return tensors, json.loads(header["state"])

    @property
    def control(self) -> ControlFile:
        """Where other processes leave what they want of the training."""
        return ControlFile(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run's lock while training; RunError if another process holds it."""
        with self._lock.held():
            # What is left there was meant for a training that has ended, perhaps by a crash.
            self.control.clear()
            try:
                yield
            finally:
                with suppress(StudioError, OSError):
                    self.control.clear()

    def ask(self, wish: Wish | None) -> None:
        """Let the process that trains this run know what is wanted; RunError if there is none."""
        if not self.is_alive():
            raise RunError(f"{self.id} is not being trained.", "Read its state again.")
        self.control.write(wish)

    def wait(self) -> None:
        """Return once no process trains this run."""
        self._lock.wait()

    def is_alive(self) -> bool:
        """Return True while some process trains this run (a paused run is alive)."""
        return self._lock.is_held()


def _read_object(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _objects(content: Any) -> list[dict[str, Any]]:
    values = content.values() if isinstance(content, dict) else ()
    return [value for value in values if isinstance(value, dict)]


def _steps(content: Any) -> frozenset[int]:
    values = content if isinstance(content, list) else []
    return frozenset(value for value in values if isinstance(value, int))


def _step_in(name: str) -> int | None:
    """Return the step in a name such as `map-00000120-ab12.npz`."""
    number = name.split("-")[1] if "-" in name else ""
    return int(number) if number.isdigit() else None
