"""The run library: every run folder in one place, with its state."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.errors import RecipeError, RunError
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.run import RunSummary
from sslstudio.services.runs.branching import Origin, origin_of
from sslstudio.services.runs.checkpoints import LAST, chosen_step, standing
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.sweep_place import SweepPlace, place_of

AT = "@"
"""Between a run and the step of one of its checkpoints."""

RunState = Literal["training", "done", "stopped", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderChoice:
    """An encoder of a run that may be scored or exported."""

    id: str
    """The run's id for its last checkpoint, `RUN@STEP` for another one."""
    name: str
    step: int
    is_best: bool

    @property
    def note(self) -> str:
        """Which checkpoint it is, in words."""
        return f"step {self.step:,}{', best kNN' if self.is_best else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCard:
    """A run as the library lists it."""

    id: str
    path: Path
    name: str
    preset: str
    source: str
    state: RunState
    summary: RunSummary
    """As the log tells it, with the checkpoints that really lie on disk."""
    origin: Origin | None = None
    """The run and step it branched from; None for a run of its own."""
    sweep: SweepPlace | None = None
    """Where it stands in a sweep; None for a run of its own."""
    problem: str = ""

    @property
    def can_resume(self) -> bool:
        """True if there is budget left and a checkpoint to go on from."""
        finished = self.state == "done" or self.summary.progress >= 1.0
        return self.state != "training" and not finished and bool(self.summary.checkpoints)

    @property
    def encoders(self) -> tuple[EncoderChoice, ...]:
        """The run's encoders to choose from: the last one, and the best if it is another."""
        if self.problem or not self.summary.checkpoints:
            return ()
        last, best = self.summary.checkpoints[-1], self.summary.best
        best_step = None if best is None else best.step
        return tuple(
            EncoderChoice(
                id=self.id if step == last else f"{self.id}{AT}{step}",
                name=self.name,
                step=step,
                is_best=step == best_step,
            )
            for step in dict.fromkeys((last, last if best_step is None else best_step))
        )


class RunLibrary:
    """The run folders under one root."""

    def __init__(self, root: Path, catalog: Catalog) -> None:
        self.root = root
        self.catalog = catalog

    def new_path(self, recipe: Recipe) -> Path:
        """Return a path for a new run: time, preset or name, and a few random letters."""
        word = re.sub(r"[^a-z0-9]+", "-", (recipe.preset or recipe.name).lower()).strip("-")
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
        return self.root / f"{stamp}-{word[:40] or 'run'}-{secrets.token_hex(2)}"

    def cards(self) -> tuple[RunCard, ...]:
        """Return all runs, the newest first; a folder that is no run is left out."""
        return tuple(sorted(self._cards(), key=lambda card: card.id, reverse=True))

    def find(self, name: str) -> RunFolder:
        """Return a run by path or by id; an id may be shortened while it stays unique."""
        if Path(name).is_dir():
            return RunFolder.open(Path(name))
        matches = [p for p in self._folders() if p.name == name] or [
            p for p in self._folders() if name in p.name
        ]
        if len(matches) == 1:
            return RunFolder.open(matches[0])
        if matches:
            raise RunError(
                f"{name!r} fits {len(matches)} runs.", f"One of them is {matches[0].name}."
            )
        raise RunError(f"There is no run called {name!r}.", "List them with `sslstudio runs`.")

    def find_encoder(self, choice: str) -> tuple[RunFolder, int | None]:
        """Return the run and the step of an `EncoderChoice`; None means the last checkpoint."""
        run_id, _, step = choice.rpartition(AT) if AT in choice else (choice, "", "")
        folder = self.find(run_id)
        return folder, chosen_step(folder, step or LAST)

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name; its folder keeps its own."""
        folder = self.find(run_id)
        folder.write_notes({**folder.notes(), "name": name})

    def delete(self, run_id: str) -> None:
        """Remove a run's folder; RunError while it is training."""
        folder = self.find(run_id)
        if folder.is_alive():
            raise RunError(f"{folder.id} is training.", "Stop it before deleting it.")
        shutil.rmtree(folder.path)

    def card(self, folder: RunFolder) -> RunCard:
        """Return a run as the library lists it."""
        summary = standing(folder)
        notes = folder.notes()
        try:
            recipe = folder.recipe(self.catalog)
        except RecipeError as error:
            return RunCard(
                id=folder.id,
                path=folder.path,
                name=str(notes.get("name") or folder.id),
                preset="",
                source="",
                state="interrupted",
                summary=summary,
                origin=origin_of(folder),
                sweep=place_of(folder),
                problem=str(error),
            )
        return RunCard(
            id=folder.id,
            path=folder.path,
            name=str(notes.get("name") or recipe.name),
            preset=recipe.preset,
            source=recipe.data.source,
            state=_state(folder, summary),
            summary=summary,
            origin=origin_of(folder),
            sweep=place_of(folder),
        )

    def _cards(self) -> Iterator[RunCard]:
        for path in self._folders():
            yield self.card(RunFolder(path))

    def _folders(self) -> list[Path]:
        if not self.root.is_dir():
            return []
        return [path for path in self.root.iterdir() if (path / "recipe.json").is_file()]


def _state(folder: RunFolder, summary: RunSummary) -> RunState:
    if folder.is_alive():
        return "training"
    match summary.outcome:
        case "done":
            return "done"
        case "stopped":
            return "stopped"
        case "failed":
            return "failed"
        case _:
            return "interrupted"
