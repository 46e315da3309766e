"""Writes the report of the run on the Train page and opens it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices

from sslstudio.gui.jobs import Cancelled, Progress
from sslstudio.gui.studio.run_reading import name_of
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.gui.widgets.save_file import ask_file
from sslstudio.services.runs.report import write_report


class ReportDesk(QObject):
    """Asks where the report goes, writes it aside, and shows it in the browser."""

    def __init__(self, workshop: Workshop, shown_run: Callable[[], str]) -> None:
        super().__init__(workshop.frame)
        self._workshop = workshop
        self._shown_run = shown_run
        self._place = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        workshop.train.report_asked.connect(self._ask)

    def _ask(self) -> None:
        run_id = self._shown_run()
        suggested = str(Path(self._place) / f"{run_id}.html")
        frame = self._workshop.frame
        file = ask_file(frame, "Save the report", suggested, "Web pages", "html")
        if file is not None:
            self._place = str(file.parent)
            self._write(run_id, file)

    def _write(self, run_id: str, file: Path) -> None:
        workshop = self._workshop
        equipment = workshop.equipment

        def work(_progress: Progress, _cancelled: Cancelled) -> Path:
            folder = equipment.library.find(run_id)
            write_report(folder, equipment.catalog, name_of(equipment, folder), file)
            return file

        job = workshop.jobs.start(work, "Writing a report")
        job.done.connect(self._written)
        job.failed.connect(workshop.frame.messages.show_error)

    def _written(self, file: Path) -> None:
        self._workshop.frame.messages.show_message(f"The report was written to {file}.")
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file)))
