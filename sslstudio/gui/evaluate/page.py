"""The Evaluate page: the table of runs on the stage, what to measure in the inspector."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from sslstudio.gui.actions import Action
from sslstudio.gui.evaluate.comparison import Comparison
from sslstudio.gui.evaluate.evaluation_queue import EvaluationQueue
from sslstudio.gui.evaluate.inspector import EvaluateInspector
from sslstudio.gui.evaluate.source import EvaluationRow, EvaluationSource, RunChoice
from sslstudio.gui.evaluate.sweep_card import SweepCard
from sslstudio.gui.evaluate.sweep_plots import SweepCourse
from sslstudio.gui.evaluate.table_model import ComparisonModel
from sslstudio.gui.evaluate.table_view import ComparisonTable
from sslstudio.gui.jobs import Cancelled, Jobs, Progress
from sslstudio.gui.page import Page
from sslstudio.gui.theme import Theme, Tokens
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.message_bar import MessageBar
from sslstudio.gui.widgets.notes import EmptyState
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.progress import ProgressStrip
from sslstudio.gui.widgets.text import text_label

LEGEND = (
    "Grey rows are what a run must beat: the same encoder untrained, raw pixels, and their 64 "
    "principal components. Bold is the best on its images; scores on different images cannot be "
    "compared."
)

Found = tuple[Sequence[RunChoice], Sequence[EvaluationRow], Sequence[SweepCourse]]


class EvaluatePage(Page):
    """Compares runs; what was measured stays when the page is left.

    Signals:
        run_chosen: the id of the run whose row was selected.
    """

    run_chosen = Signal(str)

    def __init__(
        self, theme: Theme, source: EvaluationSource, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._jobs = jobs
        self._all = Comparison()
        self._runs: tuple[RunChoice, ...] = ()
        self._sweeps: tuple[SweepCourse, ...] = ()
        self._ticked: set[str] | None = None
        self._reading = self._again = False
        self._wanted = ""
        self.model = ComparisonModel()
        self.model.set_titles({choice.name: choice.title for choice in source.protocols()})
        self.table = ComparisonTable(self.model, theme.tokens)
        self.inspector = EvaluateInspector(source.protocols(), theme.tokens)
        self.queue = EvaluationQueue(source, jobs, self)
        self.sweep = SweepCard(theme.tokens)
        self.messages = MessageBar()
        self.progress = ProgressStrip()
        self._empty = EmptyState(
            "Nothing is measured yet",
            "Tick one or more runs on the right and press Evaluate. Each is set beside the same "
            "encoder untrained, raw pixels and their principal components: only what lies above "
            "all of them was learned.",
        )
        self._stack = QStackedWidget()
        self._csv = Button("Copy CSV", tooltip="Copy the table as CSV, with every interval's ends")
        self._markdown = Button("Copy Markdown", tooltip="Copy the table as it is shown")
        self._arrange()
        self._connect()
        theme.changed.connect(self._set_tokens)
        self._show()

    def title(self) -> str:
        """Return the page's name."""
        return "Evaluate"

    def chips(self) -> list[str]:
        """Return how many runs are compared."""
        runs = sum(not row.is_baseline for row in self.model.comparison.rows)
        return [f"{runs} run{'s' if runs != 1 else ''}"] if runs else []

    def header_buttons(self) -> list[QWidget]:
        """Return the buttons that copy the table."""
        return [self._csv, self._markdown]

    def actions_offered(self) -> tuple[Action, ...]:
        """Return evaluating, stopping and copying."""
        return (
            Action(
                "evaluate.run",
                "Evaluate the ticked runs",
                "",
                self._start,
                self.inspector.run.isEnabled,
            ),
            Action(
                "evaluate.stop",
                "Stop evaluating",
                "",
                self.queue.stop,
                lambda: self.queue.is_running,
            ),
            Action("evaluate.csv", "Copy the scores as CSV", "", self._copy_csv, self._has_rows),
            Action(
                "evaluate.markdown",
                "Copy the scores as Markdown",
                "",
                self._copy_markdown,
                self._has_rows,
            ),
        )

    def activated(self) -> None:
        """Read again which runs there are and what was measured of them."""
        self.refresh()

    def refresh(self) -> None:
        """Read runs and results on a background thread; what is asked meanwhile follows."""
        if self._reading:
            self._again = True
            return
        self._reading = True
        source = self._source

        def work(_progress: Progress, _cancelled: Cancelled) -> Found:
            return source.runs(), source.results(), source.sweeps()

        job = self._jobs.start(work, "Reading the scores")
        job.done.connect(self._found)
        job.failed.connect(self.messages.show_error)
        job.finished.connect(self._read)

    def tick(self, run_ids: set[str]) -> None:
        """Choose which runs are compared."""
        self._ticked = set(run_ids)
        self.inspector.runs.show_runs(self._runs, self._ticked)
        self._show()

    def include(self, run_id: str) -> None:
        """Compare a run as well, as soon as it is in the list."""
        self._wanted = run_id
        self.refresh()

    def _read(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.refresh()

    def _found(self, found: Found) -> None:
        runs, rows, sweeps = found
        self._runs, self._sweeps = tuple(runs), tuple(sweeps)
        self._all = Comparison(chosen=self._all.chosen).with_rows(rows)
        if self._ticked is None and self._runs:
            measured = {row.run_id for row in rows if not row.is_baseline}
            self._ticked = measured or {self._runs[0].run_id}
        if self._ticked is not None and self._wanted in {run.run_id for run in self._runs}:
            self._ticked.add(self._wanted)
            self._wanted = ""
        self.inspector.runs.show_runs(self._runs, self._ticked or set())
        self._show()

    def _measured(self, rows: Sequence[EvaluationRow]) -> None:
        # Scores that are being read now may be from before these.
        self._again = self._reading
        self._all = self._all.with_rows(rows).by(self.inspector.protocol)
        self._show()

    def _ticks_changed(self, run_ids: list[str]) -> None:
        self._ticked = set(run_ids)
        self._show()

    def _choose_measure(self, name: str) -> None:
        self._all = self._all.by(name)
        self._show()

    def _choose_protocol(self) -> None:
        if self.inspector.protocol in self._all.columns:
            self._choose_measure(self.inspector.protocol)
        else:
            self._show()

    def _show(self) -> None:
        comparison = self._all.only(self._ticked or set())
        if comparison != self.model.comparison:
            self.model.show_comparison(comparison)
        self._stack.setCurrentIndex(1 if comparison.rows else 0)
        self.sweep.show_course(self._course())
        for button in (self._csv, self._markdown):
            button.setEnabled(self._has_rows())
        self.inspector.show_task(
            len(self._chosen()), len(self._missing()), running=self.queue.is_running
        )
        self.header_changed.emit()

    def _course(self) -> SweepCourse | None:
        """Return the newest sweep of which several runs are ticked."""
        ticked = [sweep.only(self._ticked or set()) for sweep in self._sweeps]
        return next((sweep for sweep in ticked if len(sweep.points) > 1), None)

    def _has_rows(self) -> bool:
        return bool(self.model.comparison.rows)

    def _chosen(self) -> list[RunChoice]:
        return [run for run in self._runs if run.run_id in (self._ticked or set())]

    def _missing(self) -> list[RunChoice]:
        protocol = self.inspector.protocol
        measured = {row.run_id for row in self._all.rows if protocol in row.measures}
        return [run for run in self._chosen() if run.run_id not in measured]

    def _start(self) -> None:
        self.messages.hide()
        self.queue.start(self._missing() or self._chosen(), self.inspector.protocol)
        self._show()

    def _finished(self) -> None:
        self.progress.finish()
        self._show()

    def _row_chosen(self, row: EvaluationRow | None) -> None:
        self.inspector.show_row(row, self.model)
        if row is not None and not row.is_baseline:
            self.run_chosen.emit(row.run_id)

    def _copy_csv(self) -> None:
        QGuiApplication.clipboard().setText(self.model.comparison.as_csv())

    def _copy_markdown(self) -> None:
        QGuiApplication.clipboard().setText(self.model.comparison.as_markdown())

    def _set_tokens(self, tokens: Tokens) -> None:
        self.table.set_tokens(tokens)
        self.inspector.set_tokens(tokens)
        self.sweep.set_tokens(tokens)

    def _arrange(self) -> None:
        card = Panel("card", margin=1, spacing=0)
        card.body.addWidget(self.table)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        column.addWidget(text_label(LEGEND, "small", wrap=True))
        column.addStretch(1)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(full)
        stage = Panel("ground", margin=16, spacing=12)
        stage.body.addWidget(self.messages)
        stage.body.addWidget(self.progress)
        stage.body.addWidget(self._stack, 1)
        stage.body.addWidget(self.sweep)
        self.lay_out(stage, self.inspector)

    def _connect(self) -> None:
        self._csv.clicked.connect(self._copy_csv)
        self._markdown.clicked.connect(self._copy_markdown)
        self.table.measure_chosen.connect(self._choose_measure)
        self.table.row_chosen.connect(self._row_chosen)
        self.inspector.run.clicked.connect(self._start)
        self.inspector.runs.ticked.connect(self._ticks_changed)
        self.inspector.protocol_chosen.connect(self._choose_protocol)
        self.progress.stopped.connect(self.queue.stop)
        self.queue.progressed.connect(self.progress.report)
        self.queue.measured.connect(self._measured)
        self.queue.failed.connect(self.messages.show_error)
        self.queue.finished.connect(self._finished)
