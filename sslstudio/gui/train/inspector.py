"""The right side of the Train page: controls, progress, live edits, checkpoints, pictures."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslstudio.domain.errors import InputError
from sslstudio.domain.events import Shown
from sslstudio.gui.page import Inspector
from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.checkpoint_line import CheckpointLine
from sslstudio.gui.train.controls import RunControls
from sslstudio.gui.train.evidence import RunState
from sslstudio.gui.train.exhibit_panel import ExhibitPanel
from sslstudio.gui.train.exhibits import read_exhibit
from sslstudio.gui.train.live_edits import LiveEdits
from sslstudio.gui.train.progress_facts import ProgressFacts
from sslstudio.gui.train.run_view import RunView
from sslstudio.gui.train.trace import RunTrace
from sslstudio.gui.widgets.text import text_label

LOOK_BACK = "Click or drag to look back at that step."
BRANCH_HINT = "Branch goes on from that step in a run of its own and keeps this one."


class TrainInspector(Inspector):
    """What is not a plot.

    Signals:
        checkpoint_chosen: the step of a checkpoint.
        branch_asked: the step to branch from.
    """

    checkpoint_chosen = Signal(int)
    branch_asked = Signal(int)

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.controls = RunControls()
        self.progress = ProgressFacts()
        self.live = LiveEdits()
        self.checkpoints = CheckpointLine(tokens)
        self.exhibits = ExhibitPanel()
        self._checkpoint_title = text_label("Checkpoints", "section")
        self._checkpoint_hint = text_label(LOOK_BACK, "small", wrap=True)
        self._folder: RunView | None = None
        self._shown: Shown | None = None
        self._arrange()

    def show_run(self, run: RunView | None, trace: RunTrace) -> None:
        """Show another run."""
        self._folder, self._shown = run, None
        self.exhibits.show_exhibit(None)
        self.live.show_recipe(run.recipe if run else None, trace.edits)
        for part in self._run_parts():
            part.setVisible(run is not None)

    def refresh(self, trace: RunTrace, state: RunState) -> None:
        """Show what the run says now."""
        summary = trace.summary
        self.controls.allow_resume(allowed=bool(summary.checkpoints))
        self.progress.refresh(trace, state)
        end = float(summary.total_steps or 0)
        if not end and summary.progress > 0:
            end = summary.step / summary.progress
        self.checkpoints.show_checkpoints(summary.checkpoints, summary.step, end)
        self.live.setVisible(self.live.has_fields and state in {"training", "paused"})
        self._show_pictures(summary.shown)

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.checkpoints.set_tokens(tokens)

    def offer_branching(self, *, offered: bool) -> None:
        """Show the branch button and say what it does."""
        self.controls.offer_branching(offered=offered)
        self._checkpoint_hint.setText(f"{LOOK_BACK} {BRANCH_HINT}" if offered else LOOK_BACK)

    def _show_pictures(self, shown: Shown | None) -> None:
        if shown is None or shown == self._shown or self._folder is None:
            return
        self._shown = shown
        try:
            self.exhibits.show_exhibit(read_exhibit(self._folder.folder, shown))
        except InputError as error:
            self.exhibits.show_problem(str(error))

    def _branch(self) -> None:
        step = self.checkpoints.current
        if step is None and self.checkpoints.steps:
            step = self.checkpoints.steps[-1]
        if step is not None:
            self.branch_asked.emit(step)

    def _run_parts(self) -> tuple[QWidget, ...]:
        return (
            self.progress,
            self._checkpoint_title,
            self.checkpoints,
            self._checkpoint_hint,
        )

    def _arrange(self) -> None:
        self.checkpoints.chosen.connect(self.checkpoint_chosen)
        self.controls.branch_asked.connect(self._branch)
        for widget in (self.controls, self.progress, self.live):
            self.column.addWidget(widget)
        line = QVBoxLayout()
        line.setSpacing(2)
        line.addWidget(self._checkpoint_title)
        line.addWidget(self.checkpoints)
        line.addWidget(self._checkpoint_hint)
        self.column.addLayout(line)
        self.column.addStretch(1)
        self.foot.addWidget(self.exhibits)
