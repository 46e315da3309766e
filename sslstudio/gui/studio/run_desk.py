"""The run that is looked at: the one in training, or one opened from the library."""

from __future__ import annotations

import psutil
from PySide6.QtCore import QObject

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.events import Event
from sslstudio.domain.run import RunSummary, fold
from sslstudio.gui.frame.run_rows import RunState
from sslstudio.gui.jobs import Cancelled, Progress
from sslstudio.gui.studio.explore_services import RunToExplore
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.gui.train.evidence import RunState as ShownState
from sslstudio.gui.train.run_view import RunView
from sslstudio.services.datasets import open_images
from sslstudio.services.places import cache_folder
from sslstudio.services.runs.folder import RunFolder

GIBIBYTE = 1024**3
SHOWN_AS: dict[str, ShownState] = {
    "training": "training",
    "done": "done",
    "failed": "failed",
    "stopped": "interrupted",
    "interrupted": "interrupted",
}
Opened = tuple[RunFolder, RunView, ShownState]


class RunDesk(QObject):
    """Shows one run on the Train page and offers it to Explore, Evaluate and Export."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._folder: RunFolder | None = None
        self._summary = RunSummary()
        self._explored = ""
        workshop.frame.library.opened.connect(self.open)
        workshop.frame.library.resume_asked.connect(self.resume)
        training, train = workshop.training, workshop.train
        training.prepared.connect(self._prepared)
        training.events.connect(self._events)
        training.ended.connect(self._ended)
        training.state_changed.connect(self._state_changed)
        train.pause_asked.connect(training.pause)
        train.stop_asked.connect(training.stop)
        train.edit_asked.connect(training.edit)
        train.resume_asked.connect(self._resume_shown)

    def open(self, run_id: str) -> None:
        """Show a run of the library with everything it said."""
        workshop = self._workshop
        if self._folder is not None and self._folder.id == run_id and workshop.training.busy:
            workshop.frame.show_page("train")
            return
        library = workshop.equipment.library

        def work(_progress: Progress, _cancelled: Cancelled) -> Opened:
            folder = library.find(run_id)
            card = library.card(folder)
            state = SHOWN_AS[card.state]
            return folder, _view(workshop, folder, card.name, folder.events()), state

        job = workshop.jobs.start(work, "Opening a run")
        job.done.connect(self._opened)
        job.failed.connect(workshop.frame.messages.show_error)

    def resume(self, run_id: str) -> None:
        """Go on with a run of the library."""
        workshop = self._workshop
        if workshop.training.busy:
            workshop.frame.messages.show_message("Another run is training. Stop it first.")
            return
        workshop.estimator.block(blocked=True)
        workshop.training.resume(workshop.equipment.library.find(run_id))
        workshop.frame.show_page("train")

    def explore_current(self) -> None:
        """Give the Explore page the run that is looked at, once it has a checkpoint."""
        folder = self._folder
        if folder is None:
            return
        if not folder.checkpoint_steps():
            return
        workshop = self._workshop
        if self._explored == folder.id:
            # The map and the selection stay; the new checkpoint joins the line.
            workshop.explore.refresh_checkpoints()
            return
        self._explored = folder.id
        catalog = workshop.equipment.catalog

        def work(progress: Progress, cancelled: Cancelled) -> RunToExplore:
            recipe = folder.recipe(catalog)
            images = open_images(
                recipe.data,
                progress=lambda done, total: progress(done, total, "Reading images"),
                cancelled=cancelled,
                cache=cache_folder(),
            )
            name = str(folder.notes().get("name") or recipe.name)
            return RunToExplore(folder, name, images, catalog)

        job = workshop.jobs.start(work, "Opening a run's images")
        job.done.connect(workshop.explore.set_source)
        job.failed.connect(workshop.frame.messages.show_error)

    def device_words(self) -> str:
        """Return where the work runs, and in which precision."""
        equipment = self._workshop.equipment
        known = self._workshop.estimator.compute_for(self._workshop.document.recipe)
        precision = "" if known is None else f" · {known.precision}"
        threads = ""
        if equipment.device == "cpu":
            count = psutil.cpu_count() or 1
            threads = f" · {count} thread{'s' if count > 1 else ''}"
        return f"{equipment.device_name}{threads}{precision}"

    def memory_words(self) -> str:
        """Return this process's memory and the machine's."""
        mine = psutil.Process().memory_info().rss / GIBIBYTE
        return f"RAM {mine:.1f} / {psutil.virtual_memory().total / GIBIBYTE:.0f} GB"

    def _opened(self, found: Opened) -> None:
        folder, view, state = found
        self._folder = folder
        self._summary = fold(view.events)
        workshop = self._workshop
        if not workshop.training.busy:
            workshop.train.show_run(view)
            workshop.train.set_state(state)
        workshop.export.choose_run(folder.id)
        if workshop.frame.current_page() in ("data", "design"):
            workshop.frame.show_page("train")
        self.explore_if_shown()

    def explore_if_shown(self) -> None:
        """Refresh the Explore page if it is in sight."""
        if self._workshop.frame.current_page() == "explore":
            self.explore_current()

    def _prepared(self, folder: RunFolder) -> None:
        workshop = self._workshop
        self._folder = folder
        events = folder.events()
        self._summary = fold(events)
        recipe = folder.recipe(workshop.equipment.catalog)
        name = str(folder.notes().get("name") or recipe.name)
        workshop.train.show_run(_view(workshop, folder, name, events))
        workshop.library.refresh()

    def _events(self, batch: list[Event]) -> None:
        self._summary = fold(batch, self._summary)
        self._workshop.train.fold(batch)
        if self._folder is not None:
            self._mark("training", f"training · step {self._summary.step:,}")

    def _ended(self, folder: RunFolder) -> None:
        workshop = self._workshop
        outcome = SHOWN_AS.get(self._summary.outcome, "interrupted")
        workshop.train.set_state(outcome)
        if outcome == "failed":
            workshop.frame.messages.show_message(
                f"{self._summary.message} {self._summary.hint}".strip()
            )
        workshop.library.clear_live()
        workshop.estimator.block(blocked=False)
        workshop.export.choose_run(folder.id)
        workshop.evaluate.activated()
        self.explore_if_shown()

    def _state_changed(self, state: ShownState) -> None:
        if state == "idle":
            if self._summary.outcome == "":
                self._workshop.train.set_state("idle")
                self._workshop.estimator.block(blocked=False)
            return
        self._workshop.train.set_state(state)
        if state == "paused":
            self._mark("paused", f"paused · step {self._summary.step:,}")

    def _mark(self, state: RunState, line: str) -> None:
        if self._folder is not None:
            self._workshop.library.mark_live(self._folder.id, state, line)

    def _resume_shown(self) -> None:
        training = self._workshop.training
        if training.state == "paused":
            training.go_on()
        elif self._folder is not None:
            self.resume(self._folder.id)


def _view(workshop: Workshop, folder: RunFolder, name: str, events: list[Event]) -> RunView:
    try:
        recipe = folder.recipe(workshop.equipment.catalog)
    except RecipeError:
        recipe = None
    return RunView(id=folder.id, name=name, folder=folder.path, recipe=recipe, events=tuple(events))
