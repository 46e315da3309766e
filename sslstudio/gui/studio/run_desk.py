"""The run that is looked at: the one in training, or one opened from the library."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject

from sslstudio.domain.errors import StudioError
from sslstudio.domain.events import Event
from sslstudio.domain.run import RunSummary, fold
from sslstudio.gui.frame.run_rows import RunState
from sslstudio.gui.jobs import Cancelled, Progress
from sslstudio.gui.studio.branch_desk import BranchDesk, Branching
from sslstudio.gui.studio.compare_desk import CompareDesk
from sslstudio.gui.studio.explore_desk import ExploreDesk
from sslstudio.gui.studio.mend_desk import MendDesk
from sslstudio.gui.studio.outside_run import OutsideRun
from sslstudio.gui.studio.report_desk import ReportDesk
from sslstudio.gui.studio.run_reading import view_of
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.gui.train.evidence import RunState as ShownState
from sslstudio.gui.train.run_view import RunView
from sslstudio.services.runs.event_log import EventLog
from sslstudio.services.runs.folder import RunFolder

BUSY = "Another run is training. Stop it first."
ELSEWHERE = "Another process trains this run. Its settings can be changed only there."
SHOWN_AS: dict[str, ShownState] = {
    "training": "training",
    "done": "done",
    "failed": "failed",
    "stopped": "interrupted",
    "interrupted": "interrupted",
}
Opened = tuple[RunFolder, RunView, ShownState, EventLog]


class RunDesk(QObject):
    """Shows one run on the Train page and offers it to Explore, Evaluate and Export.

    Another run may be looked at while one trains; what the training says is kept for its return.
    One that another process trains is followed, and steered from here as well.
    """

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._folder: RunFolder | None = None
        self._view: RunView | None = None
        self._resting: ShownState = "idle"
        self._live: RunView | None = None
        self._live_events: list[Event] = []
        self._live_summary = RunSummary()
        self._asked, self._is_away = "", False
        self.outside = OutsideRun(workshop)
        self.branching = BranchDesk(workshop)
        self.exploring = ExploreDesk(workshop)
        self.comparing = CompareDesk(workshop, lambda: self.shown_run)
        self.reporting = ReportDesk(workshop, lambda: self.shown_run)
        self.mending = MendDesk(workshop, lambda: None if self._view is None else self._view.recipe)
        self._connect()

    @property
    def shown_run(self) -> str:
        """The id of the run that is looked at; empty if there is none."""
        return "" if self._folder is None else self._folder.id

    def open(self, run_id: str, *, stay: bool = False) -> None:
        """Show a run of the library with everything it said, on the page that is open or on Train.

        With `stay` a run that is gone is passed over.
        """
        workshop = self._workshop
        self._asked = run_id
        if self._live is not None and self._live.id == run_id:
            self._show_live()
            workshop.frame.show_page("train")
            return
        library = workshop.equipment.library

        def work(_progress: Progress, _cancelled: Cancelled) -> Opened:
            folder = library.find(run_id)
            state, log = library.card(folder).state, folder.log()
            return folder, view_of(workshop.equipment, folder, log), SHOWN_AS[state], log

        job = workshop.jobs.start(work, "Opening a run")
        job.done.connect(partial(self._opened, asked=run_id, stay=stay))
        if not stay:
            job.failed.connect(workshop.frame.messages.show_error)

    def resume(self, run_id: str) -> None:
        """Go on with a run of the library."""
        workshop = self._workshop
        if workshop.training.busy:
            workshop.frame.messages.show_message(BUSY)
            return
        try:
            folder = workshop.equipment.library.find(run_id)
        except StudioError as error:
            workshop.frame.messages.show_error(error)
            return
        workshop.estimator.block(blocked=True)
        workshop.training.resume(folder)
        workshop.frame.show_page("train")

    def branch(self, step: int) -> None:
        """Go on from a checkpoint of the run that is looked at, in a run of its own.

        The run itself is stopped with a checkpoint if it trains.
        """
        workshop = self._workshop
        if self._folder is None or self._view is None:
            return
        asked = Branching(self._folder, self._view.name, step)
        if workshop.training.busy and not self._is_live_shown:
            workshop.frame.messages.show_message(BUSY)
        elif workshop.training.busy or self.outside.is_followed:
            self.branching.begin_after(asked)
            self._stop()
        else:
            self.branching.begin(asked)

    def explore_current(self) -> None:
        """Give the Explore page the run that is looked at, once it has a checkpoint."""
        if self._folder is not None:
            self.exploring.show(self._folder)

    @property
    def _is_live_shown(self) -> bool:
        return (
            self._live is not None and self._folder is not None and self._folder.id == self._live.id
        )

    @property
    def _stays_away(self) -> bool:
        """True while a sweep goes on by itself and its user looks at another run."""
        place = self._workshop.training.place
        return self._is_away and place is not None and place.position > 1

    def _show(self, folder: RunFolder, view: RunView, state: ShownState) -> None:
        self._leave_outside()
        self._folder, self._view = folder, view
        self._workshop.train.show_run(view)
        self._workshop.train.set_state(state)

    def _leave_outside(self) -> None:
        """Follow another process's run no more: what waits for its end would wait for ever."""
        if self.outside.is_followed:
            self.branching.forget(self.shown_run)
            self.outside.leave()

    def _show_live(self) -> None:
        training = self._workshop.training
        if self._live is not None and training.folder is not None:
            self._is_away = False
            view = replace(self._live, events=tuple(self._live_events))
            self._show(training.folder, view, training.state)

    def _opened(self, found: Opened, *, asked: str, stay: bool) -> None:
        if asked != self._asked:
            # Another run was asked for while this one was read.
            return
        folder, view, state, log = found
        workshop = self._workshop
        if self._live is not None and self._live.id == folder.id:
            # It began to train here while it was read.
            self._show_live()
            return
        self._resting, self._is_away = state, workshop.training.busy
        self._show(folder, view, state)
        if state == "training":
            self.outside.follow(folder, log, view.events)
        workshop.export.choose_run(folder.id)
        workshop.evaluate.include(folder.id)
        if not stay and workshop.frame.current_page() in ("data", "design"):
            workshop.frame.show_page("train")
        self.explore_if_shown()

    def explore_if_shown(self) -> None:
        """Refresh the Explore page if it is in sight."""
        if self._workshop.frame.current_page() == "explore":
            self.explore_current()

    def _prepared(self, folder: RunFolder, view: RunView) -> None:
        self._live, self._live_events = view, list(view.events)
        self._live_summary = fold(view.events)
        if not self._stays_away:
            self._is_away = False
            self._show(folder, view, "starting")
        self._workshop.library.refresh()

    def _events(self, batch: list[Event]) -> None:
        self._live_events += batch
        self._live_summary = fold(batch, self._live_summary)
        if self._is_live_shown:
            self._workshop.train.fold(batch)
        # What was under way when a pause was asked for comes after it.
        self._mark("paused" if self._workshop.training.state == "paused" else "training")

    def _ended(self, folder: RunFolder) -> None:
        self._live, self._live_events = None, []
        self._workshop.estimator.block(blocked=False)
        self._at_rest(folder, self._live_summary)

    def _at_rest(self, folder: RunFolder, summary: RunSummary) -> None:
        """Show that a run trains no more, here or elsewhere, and offer what it left."""
        workshop = self._workshop
        outcome = SHOWN_AS.get(summary.outcome, "interrupted")
        if self.shown_run == folder.id:
            self._resting = outcome
            workshop.train.set_state(outcome)
        if outcome == "failed":
            workshop.frame.messages.show_message(f"{summary.message} {summary.hint}".strip())
        workshop.library.clear_live(folder.id)
        workshop.export.choose_run(folder.id)
        workshop.evaluate.include(folder.id)
        self.explore_if_shown()
        self.branching.ended(folder)

    def _state_changed(self, state: ShownState) -> None:
        train = self._workshop.train
        if state == "idle":
            if self._live is None:
                # It never began: what was looked at before stands as it stood.
                self._workshop.estimator.block(blocked=False)
                train.set_state(self._resting)
                if self._resting == "training":
                    self.open(self.shown_run, stay=True)
            return
        begins = state == "starting" and not self._stays_away
        if begins:
            # From now on the buttons are about the run that begins here.
            self._leave_outside()
        if begins or self._is_live_shown:
            train.set_state(state)
        if state == "paused":
            self._mark("paused")

    def _mark(self, state: RunState) -> None:
        if self._live is not None:
            self._workshop.library.mark_live(self._live.id, state, self._live_summary.step)

    def _pause(self) -> None:
        if self.outside.is_followed:
            self.outside.ask("pause")
        else:
            self._workshop.training.pause()

    def _stop(self) -> None:
        if self.outside.is_followed:
            self.outside.ask("stop")
        else:
            self._workshop.training.stop()

    def _edit(self, path: str, value: object) -> None:
        if self.outside.is_followed:
            self._workshop.frame.messages.show_message(ELSEWHERE)
        else:
            self._workshop.training.edit(path, value)

    def _resume_shown(self) -> None:
        training = self._workshop.training
        if self.outside.is_followed:
            self.outside.ask(None)
        elif training.state == "paused" and self._is_live_shown:
            training.go_on()
        elif self._folder is not None:
            self.resume(self._folder.id)

    def _keep(self, step: int) -> None:
        """Let a checkpoint of the run that is looked at stay, or let it go again."""
        folder = self._folder
        if folder is None:
            return
        try:
            folder.keep_checkpoint(step, kept=step not in folder.kept_steps())
        except StudioError as error:
            self._workshop.frame.messages.show_error(error)
        self._workshop.train.show_kept(folder.kept_steps())

    def _connect(self) -> None:
        workshop = self._workshop
        workshop.frame.library.opened.connect(self.open)
        workshop.frame.library.resume_asked.connect(self.resume)
        training, train = workshop.training, workshop.train
        training.prepared.connect(self._prepared)
        training.events.connect(self._events)
        training.ended.connect(self._ended)
        training.state_changed.connect(self._state_changed)
        self.outside.ended.connect(self._at_rest)
        train.pause_asked.connect(self._pause)
        train.stop_asked.connect(self._stop)
        train.edit_asked.connect(self._edit)
        train.resume_asked.connect(self._resume_shown)
        train.branch_asked.connect(self.branch)
        train.keep_asked.connect(self._keep)
        train.checkpoint_chosen.connect(self.exploring.look_back)
