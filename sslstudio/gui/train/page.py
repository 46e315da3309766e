"""The Train page: verdict, loss and monitors on the stage, everything else in the inspector."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from sslstudio.domain.events import Event
from sslstudio.domain.problems import Fix
from sslstudio.gui.actions import Action
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.page import Page
from sslstudio.gui.theme import Theme, Tokens
from sslstudio.gui.train.compare_button import CompareButton, OtherRun
from sslstudio.gui.train.comparison import compared
from sslstudio.gui.train.evidence import RunState
from sslstudio.gui.train.inspector import TrainInspector
from sslstudio.gui.train.run_view import RunView
from sslstudio.gui.train.stage import TrainStage
from sslstudio.gui.train.trace import RunTrace
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.notes import EmptyState

REPAINT_MS = 80
"""Twelve repaints a second at most: more cannot be read and costs training time."""

STATE_WORDS: dict[RunState, str] = {
    "idle": "ready",
    "starting": "getting ready",
    "training": "training",
    "paused": "paused",
    "stopping": "stopping",
    "done": "done",
    "interrupted": "interrupted",
    "failed": "failed",
}


class TrainPage(Page):
    """Folds the events of one run and repaints a few times a second, while it can be seen.

    Signals:
        start_asked, pause_asked, resume_asked, stop_asked: the user wants it.
        edit_asked: path and value of a live edit.
        checkpoint_chosen: the step of a checkpoint to look back at.
        checkpoint_released: the newest state is looked at again.
        branch_asked: the step of a checkpoint to branch from.
        keep_asked: the step of a checkpoint that must stay, or need not any more.
        fix_asked: the `Fix` of a likely cause that needs a new run.
        compare_asked: the id of the run to compare with; empty for none.
        report_asked: the shown run is wanted as a page for others.
    """

    start_asked = Signal()
    pause_asked = Signal()
    resume_asked = Signal()
    stop_asked = Signal()
    edit_asked = Signal(str, object)
    checkpoint_chosen = Signal(int)
    checkpoint_released = Signal()
    branch_asked = Signal(int)
    keep_asked = Signal(int)
    fix_asked = Signal(object)
    compare_asked = Signal(str)
    report_asked = Signal()

    def __init__(self, theme: Theme, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: RunView | None = None
        self._trace = RunTrace()
        self._state: RunState = "idle"
        self._stale = False
        self.stage = TrainStage(theme.tokens)
        self.verdict, self.loss = self.stage.verdict, self.stage.loss
        self.monitors = self.stage.monitors
        self.inspector = TrainInspector(theme.tokens, jobs)
        self.compare = CompareButton()
        self.report = Button(
            "Report", tooltip="Write verdict, recipe, curves, readings and pictures as a web page"
        )
        self.report.setObjectName("train.report")
        self._stage = QStackedWidget()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REPAINT_MS)
        self._timer.timeout.connect(self._repaint)
        self._arrange()
        self._connect()
        theme.changed.connect(self._set_tokens)
        self.show_run(None)

    def title(self) -> str:
        """Return the run's name."""
        return self._run.name if self._run else "Train"

    def chips(self) -> list[str]:
        """Return the state in a word, and which run of a sweep this is."""
        if self._run is None:
            return []
        return [STATE_WORDS[self._state], *([self._run.sweep] if self._run.sweep else [])]

    def header_buttons(self) -> list[QWidget]:
        """Return the buttons that compare with another run and write a report."""
        return [self.compare, self.report]

    def actions_offered(self) -> tuple[Action, ...]:
        """Return pause and resume, start and stop, comparing and reporting."""
        controls = self.inspector.controls
        return (
            Action(
                "train.pause",
                "Pause or resume training",
                "Space",
                controls.pause_or_resume,
                lambda: self._state in {"training", "paused", "interrupted"},
            ),
            Action(
                "train.start",
                "Start training",
                "",
                self.start_asked.emit,
                lambda: self._state in {"idle", "done", "interrupted", "failed"},
            ),
            Action(
                "train.stop",
                "Stop training",
                "",
                self.stop_asked.emit,
                lambda: self._state in {"starting", "training", "paused"},
            ),
            Action(
                "train.compare",
                "Compare with another run",
                "",
                self.compare.showMenu,
                self.compare.isEnabled,
            ),
            Action(
                "train.report",
                "Write a report of the run",
                "",
                self.report_asked.emit,
                lambda: self._run is not None,
            ),
        )

    def activated(self) -> None:
        """Show what came while another page was looked at."""
        self._repaint_if_stale()

    def show_run(self, run: RunView | None) -> None:
        """Show a run with the events it has so far; None for no run."""
        self._run = run
        self.compare.leave_out(run.id if run else "")
        self.report.setEnabled(run is not None)
        self.monitors.compare(None)
        self._trace = RunTrace()
        self._trace.fold(run.events if run else ())
        self._stage.setCurrentIndex(1 if run else 0)
        self.loss.show_trace(self._trace)
        self.verdict.show_recipe(run.recipe if run else None)
        self.inspector.show_run(run, self._trace)
        self._repaint()
        self.header_changed.emit()

    def offer_runs(self, runs: Sequence[OtherRun]) -> None:
        """Offer these runs for comparison, the newest first."""
        self.compare.offer(runs)

    def compare_with(self, other: RunView | None) -> None:
        """Draw another run's curves beside those of the shown one; None for none."""
        found = compared(self._run, other) if self._run is not None and other is not None else None
        self.compare.mark(found.id if found else "")
        self.loss.compare(found)
        self.monitors.compare(found.trace if found else None)
        self._repaint()

    def fold(self, batch: list[Event]) -> None:
        """Take new events of the shown run in."""
        self._trace.fold(batch)
        self._stale = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def set_state(self, state: RunState) -> None:
        """Show what the run is doing and offer what it allows."""
        if state == self._state:
            return
        self._state = state
        self.inspector.controls.set_state(state)
        self._repaint()
        self.header_changed.emit()

    def show_kept(self, steps: frozenset[int]) -> None:
        """Mark the checkpoints that stay because the user said so."""
        self.inspector.checkpoints.show_kept(steps)

    def showEvent(self, event: QShowEvent) -> None:
        """Show what came while the page was hidden."""
        super().showEvent(event)
        self._repaint_if_stale()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop repainting; folding goes on."""
        self._timer.stop()
        super().hideEvent(event)

    def _repaint_if_stale(self) -> None:
        if self._stale:
            self._repaint()

    def _repaint(self) -> None:
        self._stale = False
        self.verdict.show_summary(self._trace.summary, self._state)
        self.loss.refresh()
        self.monitors.refresh(self._trace)
        self.inspector.refresh(self._trace, self._state)

    def _choose_checkpoint(self, step: int) -> None:
        self.loss.hold(step)
        self.checkpoint_chosen.emit(step)

    def _release_checkpoint(self) -> None:
        self.loss.hold(None)
        self.checkpoint_released.emit()

    def _fix(self, fix: Fix) -> None:
        """Change the run if it trains and all of it may change now, else ask for a new one."""
        live = self._state in {"training", "paused"} and self.inspector.live.paths.issuperset(
            path for path, _ in fix.edits
        )
        if not live:
            self.fix_asked.emit(fix)
            return
        for path, value in fix.edits:
            self.edit_asked.emit(path, value)

    def _set_tokens(self, tokens: Tokens) -> None:
        self.stage.set_tokens(tokens)
        self.inspector.set_tokens(tokens)

    def _arrange(self) -> None:
        self._stage.addWidget(
            EmptyState(
                "Nothing has been trained here yet",
                "Press Start training: the recipe on the Design page is trained on the images of "
                "the Data page. Or choose a run on the left to look at it again.",
            )
        )
        self._stage.addWidget(self.stage)
        self.lay_out(self._stage, self.inspector)

    def _connect(self) -> None:
        controls = self.inspector.controls
        self.compare.chosen.connect(self.compare_asked)
        self.report.clicked.connect(self.report_asked)
        controls.start_asked.connect(self.start_asked)
        controls.pause_asked.connect(self.pause_asked)
        controls.resume_asked.connect(self.resume_asked)
        controls.stop_asked.connect(self.stop_asked)
        self.inspector.live.edit_asked.connect(self.edit_asked)
        checkpoints = self.inspector.checkpoints
        checkpoints.chosen.connect(self._choose_checkpoint)
        checkpoints.released.connect(self._release_checkpoint)
        checkpoints.keep_asked.connect(self.keep_asked)
        self.inspector.branch_asked.connect(self.branch_asked)
        self.verdict.fix_asked.connect(self._fix)
