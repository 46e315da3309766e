"""The Export page: format, card, parity check, and the code that loads the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QStackedWidget

from sslstudio.domain.errors import StudioError
from sslstudio.gui.export.format_list import FormatList
from sslstudio.gui.export.inspector import NO_RUN, READING, CardInspector
from sslstudio.gui.export.proof import Proof
from sslstudio.gui.export.source import ExportableRun, ExportOutcome, ExportSource
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress, UnexpectedError
from sslstudio.gui.page import Page
from sslstudio.gui.reports import report_of
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.message_bar import MessageBar
from sslstudio.gui.widgets.notes import EmptyState
from sslstudio.gui.widgets.panel import Panel, scrolling
from sslstudio.gui.widgets.text import text_label

ChooseFolder = Callable[[str], str]
FAULT = "A fault in the program stopped this; nothing was written. The report says what happened."
NO_CARD = "This checkpoint cannot be read."


def ask_for_folder(suggestion: str) -> str:
    """Return a new folder's path that the user named; empty if none."""
    return QFileDialog.getSaveFileName(None, "Export into a new folder", suggestion)[0]


@dataclass(frozen=True, slots=True)
class _Card:
    run_id: str
    content: Mapping[str, str]


class ExportPage(Page):
    """Writes the encoder of a run and proves that it is still the same."""

    def __init__(
        self,
        theme: Theme,
        source: ExportSource,
        jobs: Jobs,
        choose_folder: ChooseFolder = ask_for_folder,
    ) -> None:
        super().__init__()
        del theme
        self._source = source
        self._jobs = jobs
        self._choose_folder = choose_folder
        self._runs: tuple[ExportableRun, ...] = ()
        self._wanted = ""
        self._job: Job | None = None
        self.formats = FormatList(source.formats())
        self.run_choice = QComboBox()
        self.run_choice.setAccessibleName("Run")
        self.run_choice.setToolTip("The run whose encoder is written")
        self.run_choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.run = Button("Export", "primary", tooltip="Choose a folder and write the encoder")
        self.run.setObjectName("export.run")
        self.messages = MessageBar()
        self.proof = Proof()
        self.verdict, self.snippet = self.proof.verdict, self.proof.snippet
        self.inspector = CardInspector()
        self.stack = QStackedWidget()
        self._arrange()
        self._connect()
        self._format_chosen()

    def title(self) -> str:
        """Return the page's name."""
        return "Export"

    def chips(self) -> list[str]:
        """Return which run is chosen."""
        chosen = self._chosen()
        return [chosen.name, chosen.note] if chosen else []

    def activated(self) -> None:
        """Read the list of runs again."""

        def work(_progress: Progress, _cancelled: Cancelled) -> tuple[ExportableRun, ...]:
            return tuple(self._source.runs())

        job = self._jobs.start(work, "Reading the library")
        job.done.connect(self._show_runs)
        job.failed.connect(self._refuse)

    def choose_run(self, run_id: str) -> None:
        """Choose a run as soon as it is in the list."""
        self._wanted = run_id
        self.activated()

    def export_to(self, folder: Path) -> None:
        """Write the chosen run's encoder into a new folder."""
        chosen = self._chosen()
        if chosen is None:
            return
        run_id, file_format = chosen.run_id, self.formats.value()

        def work(progress: Progress, cancelled: Cancelled) -> ExportOutcome:
            return self._source.export(run_id, file_format, folder, progress, cancelled)

        self.messages.hide()
        self.proof.clear()
        self.run.setEnabled(False)
        self._job = self._jobs.start(work, "Exporting")
        self.proof.progress.watch(self._job, "Writing the encoder")
        self._job.done.connect(self.proof.show_outcome)
        self._job.failed.connect(self._refuse)
        self._job.finished.connect(self._ended)

    def _ask(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        word = re.sub(r"[^A-Za-z0-9]+", "-", chosen.name).strip("-").lower() or "encoder"
        suggestion = Path.home() / f"{word}-{self.formats.value()}"
        path = self._choose_folder(str(suggestion))
        if path:
            self.export_to(Path(path))

    def _ended(self) -> None:
        self.run.setEnabled(True)
        if self._job is not None and self._job.is_cancelled:
            self.proof.say("Stopped; nothing was written.", refused=False)

    def _chosen(self) -> ExportableRun | None:
        number = self.run_choice.currentIndex()
        return self._runs[number] if 0 <= number < len(self._runs) else None

    def _show_runs(self, runs: tuple[ExportableRun, ...]) -> None:
        before = self._chosen()
        wanted = self._wanted or (before.run_id if before else "")
        ids = [run.run_id for run in runs]
        if wanted in ids:
            self._wanted = ""
        self._runs = runs
        self.run_choice.blockSignals(True)
        self.run_choice.clear()
        self.run_choice.addItems([f"{run.name} · {run.note}" for run in runs])
        self.run_choice.setCurrentIndex(ids.index(wanted) if wanted in ids else 0)
        self.run_choice.blockSignals(False)
        self.stack.setCurrentIndex(1 if runs else 0)
        if self._chosen() != before:
            self._read_card()
        self.header_changed.emit()

    def _read_card(self) -> None:
        self.header_changed.emit()
        chosen = self._chosen()
        if chosen is None:
            self.inspector.show_words(NO_RUN)
            return
        self.inspector.show_words(READING)
        run_id = chosen.run_id

        def work(_progress: Progress, _cancelled: Cancelled) -> _Card:
            return _Card(run_id, self._source.card(run_id))

        job = self._jobs.start(work, "Reading a checkpoint")
        job.done.connect(self._show_card)
        job.failed.connect(self._card_refused)

    def _show_card(self, card: _Card) -> None:
        chosen = self._chosen()
        # Another run may have been chosen while this one was read.
        if chosen is not None and chosen.run_id == card.run_id:
            self.inspector.show_card(card.content)

    def _card_refused(self, error: StudioError) -> None:
        self.inspector.show_words(NO_CARD)
        self._refuse(error)

    def _refuse(self, error: StudioError) -> None:
        # A fault's own words can fill a page; they wait behind Details.
        if isinstance(error, UnexpectedError):
            self.messages.show_message(FAULT, report_of(error))
        else:
            self.proof.say(str(error), refused=True)

    def _format_chosen(self) -> None:
        self.inspector.show_files(self.formats.card().files)

    def _connect(self) -> None:
        self.run.clicked.connect(self._ask)
        self.run_choice.currentIndexChanged.connect(self._read_card)
        self.formats.chosen.connect(self._format_chosen)

    def _arrange(self) -> None:
        empty = Panel("stage", margin=0)
        empty.body.addWidget(
            EmptyState(
                "No encoder to export yet",
                "Train a recipe first; every run with a checkpoint can be exported.",
            )
        )
        content = Panel("stage", margin=16, spacing=12)
        content.body.addWidget(self.messages)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.run_choice, 1)
        row.addWidget(self.run)
        content.body.addLayout(row)
        content.body.addSpacing(4)
        content.body.addWidget(text_label("Format", "section"))
        content.body.addWidget(self.formats)
        content.body.addSpacing(4)
        content.body.addWidget(self.proof)
        content.body.addStretch(1)
        self.stack.addWidget(empty)
        self.stack.addWidget(scrolling(content))
        self.lay_out(self.stack, self.inspector)
