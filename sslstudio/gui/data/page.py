"""The Data page: thumbnails on the stage, facts and resolution in the inspector."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

from sslstudio.domain.errors import DataError, StudioError
from sslstudio.domain.recipe import DataSpec
from sslstudio.gui.data.drop import carries_a_file, dropped
from sslstudio.gui.data.inspector import DataInspector
from sslstudio.gui.data.reading import Opened, Original, read_images, read_original
from sslstudio.gui.data.source_bar import Choose, ask_for_file
from sslstudio.gui.data.stage import DataStage
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress
from sslstudio.gui.page import Page
from sslstudio.gui.theme import Theme, Tokens
from sslstudio.services.datasets import ImageSet, known_sources, relocate

EDIT_MS = 500
"""How long a resolution must stand still before the images are read again."""


class DataPage(Page):
    """Opens images and shows what they are.

    Signals:
        opened: ImageSet and DataSpec, once the images have been read.
        failed: a StudioError; the images that were open before stay.
    """

    opened = Signal(object, object)
    failed = Signal(object)

    def __init__(self, theme: Theme, jobs: Jobs, choose: Choose = ask_for_file) -> None:
        super().__init__()
        self._jobs = jobs
        self._choose = choose
        self._data = DataSpec()
        self._refused: DataSpec | None = None
        self._open: Opened | None = None
        self._job: Job | None = None
        self._reading: Job | None = None
        self._picked = -1
        self.stage = DataStage(theme.tokens, choose)
        self.bar, self.banner = self.stage.bar, self.stage.banner
        self.grid, self.progress = self.stage.grid, self.stage.progress
        self.inspector = DataInspector(theme.tokens, choose)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EDIT_MS)
        self.setAcceptDrops(True)
        self.lay_out(self.stage, self.inspector)
        self._connect()
        theme.changed.connect(self._set_tokens)

    def title(self) -> str:
        """Return the data set's name."""
        return self._open.images.name if self._open else "Data"

    def chips(self) -> list[str]:
        """Return how many images and classes there are."""
        if self._open is None:
            return []
        images = self._open.images
        classes = f"{len(images.class_names)} classes" if images.labelled else "no labels"
        return [f"{len(images.paths):,} images", classes]

    def data(self) -> DataSpec:
        """Return which images are open, or being opened."""
        return self._data

    def images(self) -> ImageSet | None:
        """Return the open images."""
        return self._open.images if self._open else None

    def activated(self) -> None:
        """Let the arrow keys walk the images, and number keys switch pages."""
        self.grid.setFocus()

    def open(self, data: DataSpec) -> None:
        """Read images on a background thread; those that are open stay until it is done."""
        if self._job is not None:
            self._job.cancel()
        self._timer.stop()
        self._data = data
        self.banner.hide()
        self.bar.set_source(data.source)
        self.inspector.show_data(data)
        self._job = self._jobs.start(partial(read_images, data), "Reading images")
        self.progress.watch(self._job, f"Opening {data.source}")
        self._job.done.connect(self._show)
        self._job.failed.connect(self._refuse)
        self._job.finished.connect(self._ended)

    def open_source(self, source: str) -> None:
        """Open other images at the present resolution."""
        data = self._data.model_copy(update={"source": source, "labels_csv": None})
        # A completed name arrives twice: as typed, and as chosen from the list.
        if source and not (data == self._data and self._is_reading()):
            self.open(data)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Offer the drop target to folders, archives, images and tables."""
        if carries_a_file(event.mimeData()):
            self.stage.invite(invited=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show the images again."""
        self.stage.invite(invited=False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped; of an image, the folder it lies in."""
        self.stage.invite(invited=False)
        event.acceptProposedAction()
        try:
            thing = dropped(event.mimeData())
        except DataError as error:
            self._say(error)
            return
        if thing.kind == "source":
            self.open_source(thing.path)
        else:
            self.inspector.ask_for_labels(thing.path)

    def _is_reading(self) -> bool:
        return self._job is not None and self._job in self._jobs.running

    def _show(self, opened: Opened) -> None:
        before, images = self._open, opened.images
        same = before is not None and before.images.paths == images.paths
        self._open = opened
        self._refused = None
        self.banner.hide()
        self.inspector.show_images(images)
        self.stage.show_images(images)
        self._pick(self._picked if same else self.stage.first())
        self.header_changed.emit()
        self.opened.emit(images, opened.data)

    def _refuse(self, error: StudioError) -> None:
        self._refused = self._data
        self._say(error)
        self._fall_back()

    def _say(self, error: StudioError) -> None:
        source = (self._refused or self._data).source
        gone = source not in known_sources() and not Path(source).expanduser().exists()
        self.banner.set_content("error", str(error), "Point to the folder again" if gone else "")
        self.banner.show()
        self.failed.emit(error)

    def _ended(self) -> None:
        if self._job is not None and self._job.is_cancelled:
            self._fall_back()
            self.bar.set_source(self._data.source)

    def _fall_back(self) -> None:
        """Ask again for what is open, so that the next edit starts from there."""
        if self._open is not None:
            self._data = self._open.data
            self.inspector.show_data(self._data)

    def _point_again(self) -> None:
        path = self._choose("folder")
        if not path:
            return
        try:
            self.open(relocate(self._refused or self._data, path))
        except DataError as error:
            self._say(error)

    def _filter(self) -> None:
        self.stage.filter()
        self._pick(self.stage.first())

    def _pick(self, row: int) -> None:
        images = self.images()
        if images is None or row < 0:
            return
        self._picked = row
        self.stage.mark(row)
        self.inspector.show_picked(images.images[row], self.stage.words(row))
        if self._reading is not None:
            self._reading.cancel()

        def work(_progress: Progress, _cancelled: Cancelled) -> Original:
            return read_original(images, row)

        self._reading = self._jobs.start(work, "Reading a picture")
        self._reading.done.connect(self._show_original)
        self._reading.failed.connect(self._say)

    def _show_original(self, original: Original) -> None:
        self.inspector.comparison.show_before(original.picture, original.size)

    def _edited(self, data: DataSpec) -> None:
        self._data = data
        self.inspector.show_data(data)
        self._timer.start()

    def _read_again(self) -> None:
        self.open(self._data)

    def _set_tokens(self, tokens: Tokens) -> None:
        self.grid.set_tokens(tokens)
        self.inspector.bars.set_tokens(tokens)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._read_again)
        self.bar.wanted.connect(self.open_source)
        self.bar.filtered.connect(self._filter)
        self.grid.activated.connect(self._pick)
        self.inspector.edited.connect(self._edited)
        self.banner.acted.connect(self._point_again)
