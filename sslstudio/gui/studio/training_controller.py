"""Starts, follows and ends training for the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from sslstudio.domain.check import check
from sslstudio.domain.errors import RecipeError, RunError
from sslstudio.domain.events import Event, Finished
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.plan import Compute
from sslstudio.gui.bridge import EventPump
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress, Work
from sslstudio.gui.studio.bench import Equipment
from sslstudio.gui.studio.run_reading import view_of
from sslstudio.gui.train.evidence import RunState
from sslstudio.gui.train.run_view import RunView
from sslstudio.services.datasets import ImageSet, open_images
from sslstudio.services.places import cache_folder
from sslstudio.services.preparation import data_facts, prepare
from sslstudio.services.runs.branching import branch
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.runner import RunControl, ThreadRunner
from sslstudio.services.runs.sweep_place import SweepPlace
from sslstudio.services.runs.training import available_compute, begin, run_training

Prepared = tuple[RunFolder, ThreadRunner, RunView]
HEED_MS = 500


class TrainingController(QObject):
    """One training at a time, on a thread of its own.

    Signals:
        state_changed: idle, starting, training, paused or stopping.
        prepared: the RunFolder that training now fills, and a RunView of what it said so far.
        events: a list of events, oldest first.
        ended: the RunFolder, after its last event.
        failed: a StudioError that kept training from starting.
    """

    state_changed = Signal(str)
    prepared = Signal(object, object)
    events = Signal(object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, equipment: Equipment, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._equipment = equipment
        self._jobs = jobs
        self._preparing: Job | None = None
        self._runner: ThreadRunner | None = None
        self._pump: EventPump | None = None
        self._heeding = QTimer(self)
        self._heeding.setInterval(HEED_MS)
        self._heeding.timeout.connect(self._heed)
        self.folder: RunFolder | None = None
        self.place: SweepPlace | None = None
        self.state: RunState = "idle"

    @property
    def busy(self) -> bool:
        """True from Start until the last event."""
        return self.state != "idle"

    def start(
        self,
        recipe: Recipe,
        images: ImageSet,
        compute: Compute | None,
        place: SweepPlace | None = None,
    ) -> None:
        """Train a recipe in a new run folder of the library, which notes its place in a sweep."""
        equipment, self.place = self._equipment, place

        def work(_progress: Progress, _cancelled: Cancelled) -> Prepared:
            for problem in check(recipe, data_facts(images)):
                if problem.severity == "error":
                    raise RecipeError(problem.text)
            with equipment.dice.for_training():
                parts, plan, environment = begin(
                    recipe, equipment.catalog, images, compute or equipment.device
                )
            path = equipment.library.new_path(recipe)
            noted = {} if place is None else place.noted()
            folder = RunFolder.create(path, recipe, {**environment, **noted})
            control = RunControl()

            def events() -> Iterator[Event]:
                return run_training(folder, parts, plan, control, resume=False)

            view = view_of(equipment, folder)
            return folder, ThreadRunner(events, control), view

        self._prepare(work)

    def resume(self, folder: RunFolder) -> None:
        """Go on with a run from its last checkpoint, with the images it was started on."""
        self._go_on_with(folder, None, lambda: folder)

    def branch(self, source: RunFolder, step: int, name: str) -> None:
        """Go on from a checkpoint of a run called `name` in a new run of the library."""
        library = self._equipment.library

        def begin_branch() -> RunFolder:
            path = library.new_path(source.recipe(self._equipment.catalog))
            return branch(source, step, name, path)

        self._go_on_with(source, step, begin_branch)

    def _go_on_with(
        self, source: RunFolder, step: int | None, target: Callable[[], RunFolder]
    ) -> None:
        """Train what `target` returns, once the images and the checkpoint have been read."""
        equipment, self.place = self._equipment, None
        catalog, dice = equipment.catalog, equipment.dice

        def work(progress: Progress, cancelled: Cancelled) -> Prepared:
            if step is None and source.is_alive():
                raise RunError(
                    f"{source.id} is being trained by another process.",
                    "Open it from the library: it can be watched, paused and stopped there.",
                )
            source.read_checkpoint(step)
            recipe = source.recipe(catalog)
            images = open_images(
                recipe.data,
                progress=lambda done, total: progress(done, total, "Reading images"),
                cancelled=cancelled,
                cache=cache_folder(),
            )
            with dice.for_training():
                parts, plan = prepare(recipe, catalog, images, available_compute(source))
            folder, control = target(), RunControl()

            def events() -> Iterator[Event]:
                return run_training(folder, parts, plan, control, resume=True)

            view = view_of(equipment, folder)
            return folder, ThreadRunner(events, control), view

        self._prepare(work)

    def pause(self) -> None:
        """Hold training at the next step."""
        if self._runner is not None and self.state == "training":
            self._runner.control.pause()
            self._become("paused")

    def go_on(self) -> None:
        """Let a paused training go on."""
        if self._runner is not None and self.state == "paused":
            self._runner.control.go_on()
            self._become("training")

    def stop(self) -> None:
        """End training at the next step, with a checkpoint."""
        if self._preparing is not None:
            self._preparing.cancel()
        if self._runner is not None:
            self._runner.control.stop()
            self._become("stopping")

    def edit(self, path: str, value: object) -> None:
        """Change a live value of the running recipe."""
        if self._runner is not None:
            self._runner.control.edit(path, value)

    def stop_and_wait(self, seconds: float) -> bool:
        """Stop and return True once the checkpoint is written and the thread has ended."""
        self.stop()
        return self._runner is None or self._runner.join(seconds)

    def _prepare(self, work: Work) -> None:
        self._become("starting")
        self._preparing = self._jobs.start(work, "Preparing")
        self._preparing.done.connect(self._run)
        self._preparing.failed.connect(self._refuse)
        self._preparing.finished.connect(self._prepared_or_not)

    def _run(self, prepared: Prepared) -> None:
        self.folder, self._runner, view = prepared
        self.prepared.emit(self.folder, view)
        self._pump = EventPump(self._runner.queue, self)
        self._pump.batch.connect(self._deliver)
        self._become("training")
        self._pump.start()
        self._heeding.start()
        self._runner.start()

    def _prepared_or_not(self) -> None:
        self._preparing = None
        if self._runner is None:
            self._become("idle")

    def _refuse(self, error: object) -> None:
        self.failed.emit(error)

    def _deliver(self, batch: list[Event]) -> None:
        self.events.emit(batch)
        if isinstance(batch[-1], Finished) and self._pump is not None:
            self._heeding.stop()
            self._pump.stop()
            self._pump.deleteLater()
            self._pump, self._runner = None, None
            self._become("idle")
            self.ended.emit(self.folder)

    def _heed(self) -> None:
        """Take over what another process made of this training through its control file."""
        if self._runner is None or self.state == "stopping":
            return
        control = self._runner.control
        if control.stopping:
            self._become("stopping")
        else:
            self._become("paused" if control.paused else "training")

    def _become(self, state: RunState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
