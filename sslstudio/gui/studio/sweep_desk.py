"""Trains one recipe at several values: one ordinary run after the other, as if started by hand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from sslstudio.domain.errors import StudioError
from sslstudio.domain.events import Event, Finished
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.sweep import Axis, Trial, trials_of
from sslstudio.engine.plan import Compute
from sslstudio.gui.jobs import Job
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.services.checking import refused_value
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.sweep import computing_alike
from sslstudio.services.runs.sweep_place import SweepPlace, places_of
from sslstudio.services.runs.training import compute_of

Begin = Callable[[Recipe, Compute | None, SweepPlace | None], bool]
"""Starts training and returns whether it could."""


class SweepDesk(QObject):
    """Starts the next run when one has ended; stopping a run by hand gives up the rest."""

    def __init__(self, workshop: Workshop, begin: Begin) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._begin = begin
        self._waiting: list[tuple[Trial, SweepPlace]] = []
        self._computes: dict[object, Compute] = {}
        self._current: tuple[Trial, SweepPlace] | None = None
        self._asked = self._trained = 0
        self._checking: Job | None = None
        workshop.design.inspector.sweep_asked.connect(self.start)
        workshop.train.stop_asked.connect(self._stop_asked)
        workshop.training.prepared.connect(self._prepared)
        workshop.training.events.connect(self._events)
        workshop.training.state_changed.connect(self._state_changed)

    @property
    def waiting(self) -> int:
        """How many runs have not begun."""
        return len(self._waiting)

    def start(self, axis: Axis) -> None:
        """Train the open recipe at each value of an axis."""
        workshop = self._workshop
        kinds = workshop.equipment.catalog.kinds
        try:
            trials = trials_of(workshop.document.recipe, [axis], kinds)
        except StudioError as error:
            workshop.frame.messages.show_error(error)
            return
        if self._checking is not None:
            return
        catalog, facts = workshop.equipment.catalog, workshop.opened.facts()
        # Before the first run, and not when its turn comes: what one value is refused for.
        self._checking = workshop.jobs.start(
            lambda _progress, _cancelled: refused_value(trials, catalog, facts),
            "Checking the values",
        )
        self._checking.done.connect(lambda refused: self._checked(trials, refused))
        self._checking.failed.connect(workshop.frame.messages.show_error)
        self._checking.finished.connect(self._forget_check)

    def _checked(self, trials: tuple[Trial, ...], refused: StudioError | None) -> None:
        workshop = self._workshop
        if refused is not None:
            workshop.frame.messages.show_error(refused)
            return
        if not workshop.training.busy:
            self._computes = {}
        if self._next(list(zip(trials, places_of(trials), strict=True))):
            self._asked, self._trained = len(trials), 0
            workshop.frame.show_page("train")

    def _forget_check(self) -> None:
        self._checking = None

    def _next(self, waiting: list[tuple[Trial, SweepPlace]]) -> bool:
        trial, place = waiting[0]
        compute = self._computes.get(computing_alike(trial.recipe))
        begun = self._begin(trial.recipe, compute, place)
        if begun:
            self._current, self._waiting = waiting[0], waiting[1:]
        return begun

    def _prepared(self, folder: RunFolder) -> None:
        if self._current is not None:
            # Runs that are compared compute alike: a second measurement could choose differently.
            self._computes[computing_alike(self._current[0].recipe)] = compute_of(folder)

    def _events(self, batch: list[Event]) -> None:
        last = batch[-1]
        if self._current is None or not isinstance(last, Finished):
            return
        self._trained += last.outcome == "done"
        if last.outcome == "stopped":
            # By another process, sooner than the state told of it.
            self._give_up()

    def _stop_asked(self) -> None:
        # A run in training says by its state that it stops; another one may be on the page.
        if self._workshop.training.state == "starting":
            self._give_up()

    def _state_changed(self, state: str) -> None:
        if self._current is None:
            return
        if state == "stopping":
            self._give_up()
        elif state == "idle":
            # Whoever listens to the end of this run has its turn first.
            QTimer.singleShot(0, self._go_on)

    def _go_on(self) -> None:
        if self._current is None or self._workshop.training.busy:
            return
        self._current = None
        waiting, self._waiting = self._waiting, []
        if not waiting:
            self._say_what_came_of_it()
        elif not self._next(waiting):
            self._workshop.frame.messages.show_message(
                f"Other images are open: {_left_out(len(waiting))}"
            )

    def _say_what_came_of_it(self) -> None:
        if not self._trained:
            # Why not was said as each of them failed.
            return
        words = "A run was trained at each value."
        if self._trained < self._asked:
            were = "was" if self._trained == 1 else "were"
            words = f"{self._trained} of {self._asked} runs {were} trained to the end."
        self._workshop.frame.messages.show_message(f"{words} The Evaluate page compares them.")

    def _give_up(self) -> None:
        left, self._waiting, self._current = len(self._waiting), [], None
        if left:
            self._workshop.frame.messages.show_message(f"Stopped by hand: {_left_out(left)}")


def _left_out(count: int) -> str:
    runs = "1 run" if count == 1 else f"{count} runs"
    return f"{runs} at other values will not be trained."
