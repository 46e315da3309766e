"""The right side of the Train page: controls, progress, live edits, checkpoints, pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent

from sslstudio.domain.errors import InputError
from sslstudio.domain.events import Shown
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.latest import LatestOnly
from sslstudio.gui.page import Inspector
from sslstudio.gui.theme import Tokens
from sslstudio.gui.train.checkpoint_panel import CheckpointPanel
from sslstudio.gui.train.controls import RunControls
from sslstudio.gui.train.evidence import RunState
from sslstudio.gui.train.exhibit_panel import ExhibitPanel
from sslstudio.gui.train.exhibits import Exhibit, read_exhibit
from sslstudio.gui.train.live_edits import LiveEdits
from sslstudio.gui.train.progress_facts import ProgressFacts
from sslstudio.gui.train.run_view import RunView
from sslstudio.gui.train.trace import RunTrace


class TrainInspector(Inspector):
    """What is not a plot.

    Signals:
        branch_asked: the step to branch from.
    """

    branch_asked = Signal(int)

    def __init__(self, tokens: Tokens, jobs: Jobs) -> None:
        super().__init__()
        self.controls = RunControls()
        self.progress = ProgressFacts()
        self.live = LiveEdits()
        self.checkpoints = CheckpointPanel(tokens)
        self.exhibits = ExhibitPanel(tokens)
        self._run: RunView | None = None
        self._shown: Shown | None = None
        self._reading = LatestOnly(jobs, "Reading pictures", self)
        self._arrange()

    def show_run(self, run: RunView | None, trace: RunTrace) -> None:
        """Show another run."""
        self._run, self._shown = run, None
        self.exhibits.show_exhibit(None)
        self.live.show_recipe(run.recipe if run else None, trace.summary.live_values)
        self.checkpoints.show_run(run.origin if run else "", run.kept if run else frozenset())
        for part in (self.progress, self.checkpoints):
            part.setVisible(run is not None)

    def refresh(self, trace: RunTrace, state: RunState) -> None:
        """Show what the run says now."""
        summary = trace.summary
        self.progress.refresh(trace, state)
        self.checkpoints.refresh(summary)
        self._allow()
        self.live.show_values(summary.live_values)
        self.live.setVisible(self.live.has_fields and state in {"training", "paused"})
        self._show_pictures(summary.shown)
        self._fit()

    def set_tokens(self, tokens: Tokens) -> None:
        """Use the colours of another theme."""
        self.checkpoints.set_tokens(tokens)
        self.exhibits.set_tokens(tokens)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the pictures the height that the column above them leaves."""
        # What a scroll area asks of its content: enough for wrapped words, and the minimum.
        wrapped = self.column.totalHeightForWidth(self.area.viewport().width())
        above = max(wrapped, self.column.totalMinimumSize().height())
        margins = self.foot.contentsMargins()
        self.exhibits.fit(self.height() - above - margins.top() - margins.bottom())

    def _allow(self) -> None:
        has_checkpoint = bool(self.checkpoints.line.steps)
        step = self.checkpoints.branch_step()
        self.controls.allow(resume=has_checkpoint, branch_step=step)

    def _show_pictures(self, shown: Shown | None) -> None:
        if shown is None or shown == self._shown or self._run is None:
            return
        self._shown = shown
        folder = self._run.folder
        # Unpacking 64 pictures of 224 px takes a tenth of a second.
        self._reading.ask(lambda: (folder, shown, _read(folder, shown)))

    def _show_read(self, result: tuple[Path, Shown, Exhibit | InputError]) -> None:
        folder, shown, found = result
        if self._run is None or (self._run.folder, self._shown) != (folder, shown):
            return
        if isinstance(found, InputError):
            self.exhibits.show_problem(str(found))
        else:
            self.exhibits.show_exhibit(found)
        self._fit()

    def _branch(self) -> None:
        step = self.checkpoints.branch_step()
        if step is not None:
            self.branch_asked.emit(step)

    def _arrange(self) -> None:
        self._reading.done.connect(self._show_read)
        self.checkpoints.chosen.connect(self._allow)
        self.checkpoints.released.connect(self._allow)
        self.checkpoints.branch_asked.connect(self.branch_asked)
        self.controls.branch_asked.connect(self._branch)
        for widget in (self.controls, self.progress, self.live, self.checkpoints):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.foot.addWidget(self.exhibits)


def _read(folder: Path, shown: Shown) -> Exhibit | InputError:
    try:
        return read_exhibit(folder, shown)
    except InputError as error:
        return error
