"""Measures what the open recipe would cost, once the user stops editing it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from sslstudio.domain.errors import StudioError
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.plan import Compute
from sslstudio.gui.design.source import Estimate
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress
from sslstudio.gui.studio.bench import Equipment, OpenImages
from sslstudio.services.dry_run import DryRun, dry_run

QUIET_MS = 700


class Estimator(QObject):
    """Runs one batch of the recipe on a background thread; the latest recipe wins.

    Signals:
        measured: an Estimate, or None with the reason why there is none.
    """

    measured = Signal(object, str)

    def __init__(
        self,
        equipment: Equipment,
        opened: OpenImages,
        jobs: Jobs,
        recipe: Callable[[], Recipe],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._equipment = equipment
        self._opened = opened
        self._jobs = jobs
        self._recipe = recipe
        self._job: Job | None = None
        self._blocked = False
        self._known: tuple[Recipe, Compute] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self._start)

    def ask(self) -> None:
        """Measure the present recipe when nothing has changed for a moment."""
        if self._job is not None:
            self._job.cancel()
        self._timer.start()

    def block(self, *, blocked: bool) -> None:
        """Hold measurements back while training needs the machine."""
        self._blocked = blocked
        if not blocked:
            self.ask()

    def compute_for(self, recipe: Recipe) -> Compute | None:
        """Return the precision that was measured for this recipe, if it was."""
        if self._known is not None and self._known[0] == recipe:
            return self._known[1]
        return None

    def _start(self) -> None:
        images = self._opened.images
        if self._blocked or images is None:
            return
        if self._job is not None:
            # One measurement at a time; the cancelled one ends soon.
            self._timer.start()
            return
        recipe = self._recipe()
        equipment = self._equipment

        def work(_progress: Progress, _cancelled: Cancelled) -> DryRun:
            return dry_run(recipe, equipment.catalog, images, equipment.device)

        self.measured.emit(None, "Measuring one batch")
        self._job = self._jobs.start(work, "Measuring")
        self._job.done.connect(lambda result: self._finish(recipe, result))
        self._job.failed.connect(self._fail)
        self._job.finished.connect(self._forget)

    def _finish(self, recipe: Recipe, result: DryRun) -> None:
        self._known = (recipe, result.compute)
        estimate = Estimate(
            seconds=result.seconds,
            memory_bytes=result.memory_bytes,
            views_per_second=result.views_per_second,
            parameters=result.parameters,
            shapes=result.shapes,
            milliseconds=result.milliseconds,
            block_parameters=result.block_parameters,
        )
        self.measured.emit(estimate, "")

    def _forget(self) -> None:
        self._job = None

    def _fail(self, error: StudioError) -> None:
        self.measured.emit(None, error.message)
