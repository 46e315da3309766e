"""Gives the Explore page the run that is looked at, at the checkpoint one looks back to."""

from __future__ import annotations

from PySide6.QtCore import QObject

from sslstudio.domain.errors import StudioError
from sslstudio.gui.jobs import Cancelled, Progress
from sslstudio.gui.studio.explore_services import RunToExplore
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.services.datasets import open_images
from sslstudio.services.places import cache_folder
from sslstudio.services.runs.checkpoints import standing
from sslstudio.services.runs.folder import RunFolder

Opened = tuple[str, RunToExplore]
Best = tuple[str, int | None]


class ExploreDesk(QObject):
    """Opens a run's images once; later only its new checkpoints join the line."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._explored = ""
        self._step: int | None = None

    def look_back(self, step: int | None) -> None:
        """Go to a checkpoint once Explore is in sight; None leaves it where it is."""
        self._step = step

    def show(self, folder: RunFolder) -> None:
        """Explore a run, unless it has no checkpoint yet."""
        if not folder.checkpoint_steps():
            return
        if self._explored == folder.id:
            # The map and the selection stay; the new checkpoint joins the line.
            self._workshop.explore.refresh_checkpoints()
            self._go_back()
        else:
            self._explored = folder.id
            self._workshop.explore.stage.timeline.set_best(None)
            self._open(folder)
        self._find_best(folder)

    def _open(self, folder: RunFolder) -> None:
        workshop = self._workshop
        catalog = workshop.equipment.catalog

        def work(progress: Progress, cancelled: Cancelled) -> Opened:
            recipe = folder.recipe(catalog)
            images = open_images(
                recipe.data,
                progress=lambda done, total: progress(done, total, "Reading images"),
                cancelled=cancelled,
                cache=cache_folder(),
            )
            name = str(folder.notes().get("name") or recipe.name)
            return folder.id, RunToExplore(folder, name, images, catalog)

        job = workshop.jobs.start(work, "Opening a run's images")
        job.done.connect(self._opened)
        job.failed.connect(self._refused)

    def _find_best(self, folder: RunFolder) -> None:
        def work(_progress: Progress, _cancelled: Cancelled) -> Best:
            best = standing(folder).best
            return folder.id, None if best is None else best.step

        job = self._workshop.jobs.start(work, "Looking for the best checkpoint")
        job.done.connect(self._mark_best)

    def _opened(self, opened: Opened) -> None:
        run_id, source = opened
        # Another run may have been asked for while this one was read.
        if run_id == self._explored:
            self._workshop.explore.set_source(source)
            self._go_back()

    def _refused(self, error: StudioError) -> None:
        self._explored = ""
        self._workshop.frame.messages.show_error(error)

    def _mark_best(self, found: Best) -> None:
        run_id, step = found
        if run_id == self._explored:
            self._workshop.explore.stage.timeline.set_best(step)

    def _go_back(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            self._workshop.explore.stage.timeline.choose(step)
