"""Keeps the library panel in step with the run folders on disk."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from sslstudio.domain.errors import StudioError
from sslstudio.gui.frame.library import LibraryPanel
from sslstudio.gui.frame.run_rows import RunRow, RunState
from sslstudio.gui.jobs import Cancelled, Jobs, Progress
from sslstudio.gui.studio.bench import Equipment
from sslstudio.services.runs.library import RunCard


class LibraryController(QObject):
    """Fills the panel and carries out what is asked of a run.

    Signals:
        failed: a StudioError.
        changed: the list of runs is up to date again.
    """

    failed = Signal(object)
    changed = Signal()

    def __init__(
        self, equipment: Equipment, panel: LibraryPanel, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._equipment = equipment
        self._panel = panel
        self._jobs = jobs
        self._reading = False
        self._again = False
        self._cards: tuple[RunCard, ...] = ()
        self._live: dict[str, tuple[RunState, str]] = {}
        panel.renamed.connect(self._rename)
        panel.delete_asked.connect(self._delete)
        panel.reveal_asked.connect(self._reveal)

    @property
    def cards(self) -> tuple[RunCard, ...]:
        """The runs as last read, the newest first."""
        return self._cards

    def refresh(self) -> None:
        """Read the run folders again on a background thread."""
        if self._reading:
            self._again = True
            return
        self._reading = True
        library = self._equipment.library

        def work(_progress: Progress, _cancelled: Cancelled) -> tuple[RunCard, ...]:
            return library.cards()

        job = self._jobs.start(work, "Reading the library")
        job.done.connect(self._show)
        job.failed.connect(self.failed)
        job.finished.connect(self._finished)

    def mark_live(self, run_id: str, state: RunState, step: int) -> None:
        """Show a run as it is now, without reading its folder."""
        self._live[run_id] = (state, f"{state} · step {step:,}")
        self._fill()

    def clear_live(self, run_id: str) -> None:
        """Let what is on disk speak again."""
        self._live.pop(run_id, None)
        self.refresh()

    def _show(self, cards: tuple[RunCard, ...]) -> None:
        self._cards = cards
        self._fill()
        self.changed.emit()

    def _finished(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.refresh()

    def _fill(self) -> None:
        self._panel.set_runs([self._row(card) for card in self._cards])

    def _row(self, card: RunCard) -> RunRow:
        state, line = self._live.get(card.id, (_state(card), line_of(card)))
        origin = "" if card.origin is None else card.origin.words()
        return RunRow(card.id, card.name, state, line, origin)

    def _rename(self, run_id: str, name: str) -> None:
        try:
            self._equipment.library.rename(run_id, name)
        except StudioError as error:
            self.failed.emit(error)
        self.refresh()

    def _delete(self, run_id: str) -> None:
        library = self._equipment.library

        def work(_progress: Progress, _cancelled: Cancelled) -> None:
            library.delete(run_id)

        job = self._jobs.start(work, "Deleting a run")
        job.failed.connect(self.failed)
        job.finished.connect(self.refresh)

    def _reveal(self, run_id: str) -> None:
        path = next((card.path for card in self._cards if card.id == run_id), None)
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _state(card: RunCard) -> RunState:
    if card.state == "training":
        return "training"
    if card.summary.verdict == "collapsed":
        return "collapsed"
    match card.state:
        case "done" | "failed" | "interrupted":
            return card.state
        case _:
            return "interrupted"


def line_of(card: RunCard) -> str:
    """Return a run's state in a few words."""
    summary = card.summary
    if card.problem:
        return "cannot be read"
    match card.state:
        case "training":
            return f"training · step {summary.step:,}"
        case "failed":
            return f"failed at step {summary.step:,}"
        case "interrupted":
            return "interrupted · resume" if card.can_resume else "interrupted"
        case "stopped":
            return f"stopped at step {summary.step:,} · resume"
        case _:
            return _done_line(card)


def _done_line(card: RunCard) -> str:
    if card.summary.verdict == "collapsed":
        return f"collapsed · step {card.summary.step:,}"
    knn = card.summary.readings.get("knn")
    return "done" if knn is None else f"done · kNN {knn:.2f}".replace("0.", ".")
