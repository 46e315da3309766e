"""Finds out what the open recipe would cost: its parts at once, its speed once editing rests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from sslstudio.domain.errors import StudioError
from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import Budget, Recipe, Schedule
from sslstudio.engine.plan import Compute
from sslstudio.gui.design.layers import Layer
from sslstudio.gui.design.source import Estimate, Outline, Timing
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress
from sslstudio.gui.latest import LatestOnly
from sslstudio.gui.studio.bench import Equipment, OpenImages
from sslstudio.services.checking import assembly_refusal, outlined
from sslstudio.services.datasets import ImageSet
from sslstudio.services.dry_run import DryRun, dry_run
from sslstudio.services.outline import PartsOutline, shape_facts

QUIET_MS = 700
REMEMBERED = 24
"""Results that are kept, so that undo and redo show theirs at once."""
MEASURING, AGAIN = "Measuring one batch", "From before the edit; measuring again"
WAITING, LATER = "Measured once training has ended", "From before the edit; training goes on"

T = TypeVar("T")
Tried = tuple[Outline | None, Problem | None]
Found = tuple[Recipe, ImageSet, Tried, Problem | None]


class Memory(Generic[T]):
    """Keeps the latest results by what they depend on."""

    def __init__(self) -> None:
        self._kept: deque[tuple[object, T]] = deque(maxlen=REMEMBERED)

    def put(self, key: object, value: T) -> None:
        """Keep a result."""
        self._kept.append((key, value))

    def get(self, key: object) -> T | None:
        """Return the latest result for a key, None if there is none."""
        return next((value for known, value in reversed(self._kept) if known == key), None)


class Estimator(QObject):
    """Outlines and measures the recipe on background threads; the latest recipe wins.

    Signals:
        changed: an `Estimate` with all that is known by now.
        refused: a part says something against being built, which no rule knew.
    """

    changed = Signal(object)
    refused = Signal()

    def __init__(
        self,
        equipment: Equipment,
        opened: OpenImages,
        jobs: Jobs,
        recipe: Callable[[], Recipe],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._equipment, self._opened, self._jobs, self._recipe = equipment, opened, jobs, recipe
        self._job: Job | None = None
        self._refused: tuple[object, str] = (None, "")
        self._outlines: Memory[Tried] = Memory()
        self._refusals: Memory[tuple[Problem | None]] = Memory()
        self._timings: Memory[DryRun] = Memory()
        self._computes: Memory[Compute] = Memory()
        self._last: DryRun | None = None
        self._sketching = LatestOnly(jobs, "Outlining the parts", self)
        self._sketching.done.connect(self._outlined)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self._measure)

    def ask(self) -> None:
        """Tell what is known of the present recipe, and find out the rest."""
        self.changed.emit(self.estimate())
        images, recipe = self._opened.images, self._recipe()
        if images is None:
            return
        known = self._outlines.get(_parts_key(recipe, images))
        if known is None or self._refusals.get(_assembly_key(recipe, images)) is None:
            self._sketching.ask(lambda: self._try(recipe, images, known))
        if self._timings.get(_cost_key(recipe, images)) is None:
            self._timer.start()
        else:
            self._timer.stop()

    def block(self, *, blocked: bool) -> None:
        """Hold measurements back while training needs the machine."""
        self._equipment.dice.reserved = blocked
        self.ask()

    def estimate(self) -> Estimate:
        """Return what is known of the present recipe; a timing of an earlier one says so."""
        images, recipe = self._opened.images, self._recipe()
        if images is None:
            return Estimate(message="Measured once the images are read")
        known = self._timings.get(_cost_key(recipe, images))
        shown = known or self._last
        refused = self._refused[1] if self._refused[0] == _cost_key(recipe, images) else ""
        return Estimate(
            outline=self._tried(recipe, images)[0],
            timing=None if shown is None else _timing(shown, recipe.training.budget),
            stale=known is None,
            message="" if known is not None else refused or self._state(stale=shown is not None),
        )

    def refusal(self, recipe: Recipe) -> Problem | None:
        """Return what a part says against being built in this recipe, once that was tried."""
        images = self._opened.images
        known = None if images is None else self._refusals.get(_assembly_key(recipe, images))
        return None if known is None else known[0]

    def compute_for(self, recipe: Recipe) -> Compute | None:
        """Return the precision that was measured for this recipe, if it was."""
        images = self._opened.images
        known = None if images is None else self._timings.get(_cost_key(recipe, images))
        return None if known is None else known.compute

    def _state(self, *, stale: bool) -> str:
        if self._equipment.dice.reserved:
            return LATER if stale else WAITING
        return AGAIN if stale else MEASURING

    def _tried(self, recipe: Recipe, images: ImageSet) -> Tried:
        return self._outlines.get(_parts_key(recipe, images)) or (None, None)

    def _try(self, recipe: Recipe, images: ImageSet, known: Tried | None) -> Found:
        catalog, facts = self._equipment.catalog, shape_facts(images, recipe)
        if known is None:
            outline, refusal = outlined(recipe, catalog, facts)
            known = (None if outline is None else _outline(outline), refusal)
        return (recipe, images, known, known[1] or assembly_refusal(recipe, catalog, facts))

    def _outlined(self, found: Found) -> None:
        recipe, images, tried, refusal = found
        self._outlines.put(_parts_key(recipe, images), tried)
        self._refusals.put(_assembly_key(recipe, images), (refusal,))
        if refusal is not None:
            self.refused.emit()
        self.changed.emit(self.estimate())

    def _measure(self) -> None:
        images = self._opened.images
        if self._equipment.dice.reserved or images is None:
            return
        if self._job is not None:
            # One measurement at a time; the one under way ends soon.
            self._timer.start()
            return
        recipe, equipment = self._recipe(), self._equipment
        compute = self._computes.get(_compute_key(recipe, images)) or equipment.device

        def work(_progress: Progress, _cancelled: Cancelled) -> DryRun:
            with equipment.dice.borrowed():
                return dry_run(recipe, equipment.catalog, images, compute)

        self._job = self._jobs.start(work, "Measuring")
        self._job.done.connect(lambda result: self._measured(recipe, images, result))
        self._job.failed.connect(lambda error: self._failed(recipe, images, error))
        self._job.finished.connect(self._forget)

    def _measured(self, recipe: Recipe, images: ImageSet, result: DryRun) -> None:
        self._timings.put(_cost_key(recipe, images), result)
        self._computes.put(_compute_key(recipe, images), result.compute)
        self._last = result
        self.changed.emit(self.estimate())

    def _failed(self, recipe: Recipe, images: ImageSet, error: StudioError) -> None:
        self._refused = (_cost_key(recipe, images), error.message)
        self.changed.emit(self.estimate())

    def _forget(self) -> None:
        self._job = None


def _parts_key(recipe: Recipe, images: ImageSet) -> object:
    """Return what shapes and parameters depend on."""
    views = [(view.copies, view.size, view.local) for view in recipe.views]
    batch = recipe.training.images_compared(recipe.training.batch_size)
    return (id(images), recipe.data, views, recipe.encoder, recipe.objective, batch)


def _assembly_key(recipe: Recipe, images: ImageSet) -> object:
    """Return what refusals depend on: also the operations on views, and the kept layers."""
    return (_parts_key(recipe, images), recipe.views, recipe.representation)


def _cost_key(recipe: Recipe, images: ImageSet) -> object:
    """Return what a step costs depends on: budget, schedule, rate and names do not matter."""
    training = recipe.training.model_copy(update={"budget": Budget(), "schedule": Schedule()})
    return (
        id(images),
        recipe.data,
        recipe.views,
        recipe.encoder,
        recipe.objective,
        recipe.optimizer.kind,
        training,
    )


def _compute_key(recipe: Recipe, images: ImageSet) -> object:
    """Return what the fastest precision depends on."""
    sizes = [view.size for view in recipe.views]
    return (id(images), recipe.data, recipe.encoder, sizes, recipe.training.precision)


def _timing(found: DryRun, budget: Budget) -> Timing:
    return Timing(
        seconds=found.run_seconds(budget),
        memory_bytes=found.memory_bytes,
        views_per_second=found.views_per_second,
        milliseconds=found.milliseconds,
    )


def _outline(found: PartsOutline) -> Outline:
    return Outline(
        parameters=found.parameters,
        shapes=found.shapes,
        block_parameters=found.block_parameters,
        layers=tuple(
            Layer(
                name=layer.name,
                width=layer.width,
                map_words=" × ".join(str(side) for side in layer.map_size),
            )
            for layer in found.layers
        ),
    )
