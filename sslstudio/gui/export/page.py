"""The Export page: format, card, parity check, and the code that loads the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QStackedWidget,
    QWidget,
)

from sslstudio.domain.errors import StudioError
from sslstudio.gui.export.format_list import FormatList
from sslstudio.gui.export.source import ExportableRun, ExportOutcome, ExportSource
from sslstudio.gui.jobs import Cancelled, Jobs, Progress
from sslstudio.gui.page import Inspector, Page
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.notes import Banner, EmptyState
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.progress import ProgressStrip
from sslstudio.gui.widgets.text import text_label

ChooseFolder = Callable[[str], str]
SNIPPET_HEIGHT = 96


def ask_for_folder(suggestion: str) -> str:
    """Return a new folder's path that the user named; empty if none."""
    return QFileDialog.getSaveFileName(None, "Export into a new folder", suggestion)[0]


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
        self._outcome: ExportOutcome | None = None
        self.formats = FormatList(source.formats())
        self.run_choice = QComboBox()
        self.run_choice.setAccessibleName("Run")
        self.run_choice.setToolTip("The run whose encoder is written")
        self.run = Button("Export", "primary", tooltip="Choose a folder and write the encoder")
        self.run.setObjectName("export.run")
        self.progress = ProgressStrip()
        self.verdict = Banner("ok", "")
        self.snippet = QPlainTextEdit()
        self.snippet.setReadOnly(True)
        self.snippet.setAccessibleName("Code that loads the encoder")
        self.snippet.setToolTip("Code that loads the encoder")
        self.show_folder = Button("Show in folder", tooltip="Open the folder that was written")
        self.copy = Button("Copy code", tooltip="Copy the code that loads the encoder")
        self.card = QGridLayout()
        self.stack = QStackedWidget()
        self._arrange()
        self._connect()

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

        self._jobs.start(work, "Reading the library").done.connect(self._show_runs)

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

        self._hide_result()
        self.run.setEnabled(False)
        job = self._jobs.start(work, "Exporting")
        self.progress.watch(job, "Writing the encoder")
        job.done.connect(self._finish)
        job.failed.connect(self._refuse)
        job.finished.connect(lambda: self.run.setEnabled(True))

    def _ask(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        word = re.sub(r"[^A-Za-z0-9]+", "-", chosen.name).strip("-").lower() or "encoder"
        suggestion = Path.home() / f"{word}-{self.formats.value()}"
        path = self._choose_folder(str(suggestion))
        if path:
            self.export_to(Path(path))

    def _chosen(self) -> ExportableRun | None:
        number = self.run_choice.currentIndex()
        return self._runs[number] if 0 <= number < len(self._runs) else None

    def _show_runs(self, runs: tuple[ExportableRun, ...]) -> None:
        before = self._wanted or (chosen.run_id if (chosen := self._chosen()) else "")
        self._runs = runs
        self.run_choice.blockSignals(True)
        self.run_choice.clear()
        self.run_choice.addItems([f"{run.name} · {run.note}" for run in runs])
        ids = [run.run_id for run in runs]
        self.run_choice.setCurrentIndex(ids.index(before) if before in ids else 0)
        self.run_choice.blockSignals(False)
        self.stack.setCurrentIndex(1 if runs else 0)
        self._read_card()

    def _read_card(self) -> None:
        self.header_changed.emit()
        chosen = self._chosen()
        if chosen is None:
            return

        def work(_progress: Progress, _cancelled: Cancelled) -> Mapping[str, str]:
            return self._source.card(chosen.run_id)

        job = self._jobs.start(work, "Reading a checkpoint")
        job.done.connect(self._show_card)
        job.failed.connect(self._refuse)

    def _show_card(self, content: Mapping[str, str]) -> None:
        while (item := self.card.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for row, (label, value) in enumerate(content.items()):
            self.card.addWidget(text_label(label, "section"), 2 * row, 0)
            self.card.addWidget(text_label(value, "body", wrap=True), 2 * row + 1, 0)

    def _finish(self, outcome: ExportOutcome) -> None:
        self._outcome = outcome
        self.verdict.set_content(
            "ok",
            f"Checked on {outcome.checked_images} real images: the largest difference is "
            f"{outcome.largest_difference:.1e} of an embedding's length. "
            f"Written: {', '.join(outcome.files)}.",
        )
        self.snippet.setPlainText(outcome.snippet)
        for widget in (self.verdict, self.snippet, self.show_folder, self.copy):
            widget.show()

    def _refuse(self, error: StudioError) -> None:
        self.verdict.set_content("error", str(error))
        self.verdict.show()

    def _hide_result(self) -> None:
        for widget in (self.verdict, self.snippet, self.show_folder, self.copy):
            widget.hide()

    def _reveal(self) -> None:
        if self._outcome is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._outcome.folder)))

    def _connect(self) -> None:
        self.run.clicked.connect(self._ask)
        self.run_choice.currentIndexChanged.connect(lambda _number: self._read_card())
        self.show_folder.clicked.connect(self._reveal)
        self.copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self.snippet.toPlainText())
        )

    def _arrange(self) -> None:
        empty = EmptyState(
            "No encoder to export yet",
            "Train a recipe first; every run with a checkpoint can be exported.",
        )
        content = Panel("stage", margin=16, spacing=16)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.run_choice, 1)
        row.addWidget(self.run)
        content.body.addLayout(row)
        content.body.addWidget(text_label("Format", "section"))
        content.body.addWidget(self.formats)
        content.body.addStretch(1)
        content.body.addWidget(self._proof())
        self._hide_result()
        self.stack.addWidget(empty)
        self.stack.addWidget(content)
        inspector = Inspector()
        inspector.column.addWidget(text_label("What will be written", "title"))
        holder = QWidget()
        holder.setLayout(self.card)
        self.card.setContentsMargins(0, 0, 0, 0)
        self.card.setVerticalSpacing(2)
        inspector.column.addWidget(holder)
        self.lay_out(self.stack, inspector)

    def _proof(self) -> Panel:
        proof = Panel("card", "Proof on real images", margin=12)
        promise = text_label(
            "Before anything is written, up to 100 of the run's own pictures pass through the "
            "original and through what leaves; both must agree within 1e-4.",
            "muted",
            wrap=True,
        )
        for widget in (promise, self.progress, self.verdict, self.snippet):
            proof.body.addWidget(widget)
        self.snippet.setFixedHeight(SNIPPET_HEIGHT)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addWidget(self.show_folder)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        proof.body.addLayout(buttons)
        return proof
