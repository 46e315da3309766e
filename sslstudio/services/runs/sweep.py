"""Runs of one recipe at several values, one after the other, each an ordinary run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sslstudio.domain.errors import StudioError, memory_error
from sslstudio.domain.events import Event, Finished
from sslstudio.domain.recipe import DataSpec, Recipe
from sslstudio.domain.run import RunSummary, fold
from sslstudio.domain.sweep import Trial
from sslstudio.engine.plan import Compute, Parts, Plan
from sslstudio.services.datasets import ImageSet
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.library import RunLibrary
from sslstudio.services.runs.runner import RunControl
from sslstudio.services.runs.sweep_place import SweepPlace, places_of
from sslstudio.services.runs.training import begin, run_training


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of one trial."""

    trial: Trial
    place: SweepPlace
    folder: RunFolder | None
    """None where the run could not even begin."""
    summary: RunSummary
    """Of a run that did not begin, its outcome and message alone."""


@dataclass(slots=True, kw_only=True)
class Sweep:
    """Trains trials one after the other in a library; what fails does not keep the others."""

    library: RunLibrary
    images: Callable[[DataSpec], ImageSet]
    """Opens the images that a trial asks for."""
    device: str = "auto"
    prepare: Callable[[Parts], dict[str, Any]] = lambda _parts: {}
    """Is given each run's parts before they are trained; returns what to write down about that."""
    heard: Callable[[SweepPlace, Event], None] = lambda _place, _event: None
    """Is told every event as it comes."""
    _measured: dict[object, Compute] = field(default_factory=dict)

    def run(self, trials: Sequence[Trial], control: RunControl) -> Iterator[Tried]:
        """Yield each trial when its run has ended; stops with the run that `control` stops."""
        for trial, place in zip(trials, places_of(trials), strict=True):
            if control.poll()[0]:
                return
            yield self._tried(trial, place, control)

    def _tried(self, trial: Trial, place: SweepPlace, control: RunControl) -> Tried:
        try:
            folder, parts, plan = self._begun(trial.recipe, place)
        except (StudioError, MemoryError, RuntimeError) as error:
            known = error if isinstance(error, StudioError) else memory_error(error)
            if known is None:
                raise
            failed = RunSummary(outcome="failed", message=known.message, hint=known.hint)
            return Tried(trial=trial, place=place, folder=None, summary=failed)
        last = None
        for event in run_training(folder, parts, plan, control, resume=False):
            self.heard(place, event)
            last = event
        # On a full disk the log lacks its last line; who heard it knows how the run ended.
        ends = [last] if isinstance(last, Finished) else []
        summary = fold(ends, fold(folder.events()))
        return Tried(trial=trial, place=place, folder=folder, summary=summary)

    def _begun(self, recipe: Recipe, place: SweepPlace) -> tuple[RunFolder, Parts, Plan]:
        images = self.images(recipe.data)
        # Runs that are compared compute alike: a second measurement could choose differently.
        key = computing_alike(recipe)
        compute = self._measured.get(key, self.device)
        parts, plan, environment = begin(recipe, self.library.catalog, images, compute)
        self._measured[key] = plan.compute
        environment = {**environment, **self.prepare(parts), **place.noted()}
        folder = RunFolder.create(self.library.new_path(recipe), recipe, environment)
        return folder, parts, plan


def computing_alike(recipe: Recipe) -> object:
    """Return what recipes have in common that can take one measurement of the precision."""
    return recipe.encoder, recipe.data, recipe.views[0].size, recipe.training.precision
