"""The Data page: thumbnails on the stage, facts and resolution in the inspector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QPixmap
from PySide6.QtWidgets import QMenu, QStackedWidget

from sslstudio.domain.errors import DataError, StudioError
from sslstudio.domain.recipe import DataSpec
from sslstudio.gui.data.inspector import PICTURE, DataInspector
from sslstudio.gui.data.source_bar import Choose, SourceBar, ask_for_file, sample_menu
from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.gui.jobs import Cancelled, Job, Jobs, Progress
from sslstudio.gui.page import Page
from sslstudio.gui.theme import Theme, Tokens
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.notes import Banner, EmptyState
from sslstudio.gui.widgets.panel import Panel, SplitLine
from sslstudio.gui.widgets.progress import ProgressStrip
from sslstudio.services.datasets import ImageSet, known_sources, open_images, read_picture, relocate
from sslstudio.services.places import cache_folder

EDIT_MS = 500
CELL = 84


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
        self._images: ImageSet | None = None
        self._job: Job | None = None
        self._shown = np.empty(0, dtype=np.int64)
        self.bar = SourceBar(choose)
        self.banner = Banner("error", "")
        self.banner.hide()
        self.progress = ProgressStrip()
        self.grid = ThumbnailGrid(theme.tokens, "Images", cell=CELL)
        self.inspector = DataInspector(theme.tokens, choose)
        self.stack = QStackedWidget()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EDIT_MS)
        self._timer.timeout.connect(lambda: self.open(self._data))
        self.setAcceptDrops(True)
        self._arrange()
        self._connect()
        theme.changed.connect(self._set_tokens)

    def title(self) -> str:
        """Return the data set's name."""
        return self._images.name if self._images else "Data"

    def chips(self) -> list[str]:
        """Return how many images and classes there are."""
        if self._images is None:
            return []
        chips = [f"{len(self._images.paths):,} images"]
        classes = len(self._images.class_names)
        return [*chips, f"{classes} classes" if self._images.labelled else "no labels"]

    def data(self) -> DataSpec:
        """Return which images are open, or being opened."""
        return self._data

    def open(self, data: DataSpec) -> None:
        """Read images on a background thread; those that are open stay until it is done."""
        if self._job is not None:
            self._job.cancel()
        self._data = data
        self.bar.set_source(data.source)
        self.inspector.show_data(data)

        def work(progress: Progress, cancelled: Cancelled) -> ImageSet:
            return open_images(
                data,
                progress=lambda done, total: progress(
                    done, total, f"Reading images {done:,} of {total:,}"
                ),
                cancelled=cancelled,
                cache=cache_folder(),
            )

        self._job = self._jobs.start(work, "Reading images")
        self.progress.watch(self._job, f"Opening {data.source}")
        self._job.done.connect(lambda images: self._show(images, data))
        self._job.failed.connect(self._refuse)

    def open_source(self, source: str) -> None:
        """Open other images at the present resolution."""
        if source:
            self.open(self._data.model_copy(update={"source": source, "labels_csv": None}))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders, archives and images."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped; of an image, the folder it lies in."""
        urls = event.mimeData().urls()
        path = Path(urls[0].toLocalFile()) if urls else Path()
        self.open_source(str(path if path.is_dir() or path.suffix == ".zip" else path.parent))
        event.acceptProposedAction()

    def _show(self, images: ImageSet, data: DataSpec) -> None:
        self._images = images
        self.banner.hide()
        self.bar.set_classes(images.class_names)
        self.inspector.show_images(images)
        self._filter()
        self.stack.setCurrentIndex(1)
        self.header_changed.emit()
        self.opened.emit(images, data)

    def _refuse(self, error: StudioError) -> None:
        gone = self._data.source not in known_sources() and not Path(self._data.source).exists()
        self.banner.set_content("error", str(error), "Point to the folder again" if gone else "")
        self.banner.show()
        self.failed.emit(error)

    def _point_again(self) -> None:
        path = self._choose("folder")
        if not path:
            return
        try:
            self.open(relocate(self._data, path))
        except DataError as error:
            self._refuse(error)

    def _filter(self) -> None:
        images = self._images
        if images is None:
            return
        chosen = np.ones(len(images.paths), dtype=bool)
        label = self.bar.classes.currentIndex() - 1
        if label >= 0:
            chosen &= images.labels == label
        part = self.bar.split.currentIndex()
        if part > 0:
            chosen &= images.split == part - 1
        self._shown = np.flatnonzero(chosen)
        if label < 0:
            # Files of one class lie together; mixed, a first look shows what there is.
            self._shown = np.random.default_rng(0).permutation(self._shown)
        self.grid.set_images(images.images, self._shown)
        self._pick(0)

    def _pick(self, number: int) -> None:
        images = self._images
        if images is None or not 0 <= number < len(self._shown):
            return
        row = int(self._shown[number])
        try:
            original = _pixmap(read_picture(images, row))
        except DataError as error:
            self._refuse(error)
            original = QPixmap()
        self.inspector.show_picture(original, images.images[row], self._words(images, row))

    def _hover(self, number: int) -> None:
        images = self._images
        inside = images is not None and 0 <= number < len(self._shown)
        words = self._words(images, int(self._shown[number])) if images and inside else ""
        self.grid.setToolTip(words)

    def _words(self, images: ImageSet, row: int) -> str:
        label = int(images.labels[row])
        width, height = images.original_sizes[row]
        known = images.class_names[label] if label >= 0 else "no label"
        part = "held out" if images.split[row] else "training"
        return f"{images.paths[row]} · {known} · {width} × {height} px · {part}"

    def _edited(self, data: DataSpec) -> None:
        self._data = data
        self._timer.start()

    def _set_tokens(self, tokens: Tokens) -> None:
        self.grid.set_tokens(tokens)
        self.inspector.bars.set_tokens(tokens)

    def _connect(self) -> None:
        self.bar.wanted.connect(self.open_source)
        self.bar.filtered.connect(self._filter)
        self.grid.activated.connect(self._pick)
        self.grid.hovered.connect(self._hover)
        self.inspector.edited.connect(self._edited)
        self.banner.acted.connect(self._point_again)

    def _arrange(self) -> None:
        folder = Button("Open folder", "primary", tooltip="Open a folder of images")
        archive = Button("Open zip", tooltip="Open a .zip of images")
        sample = Button("Sample data", tooltip="Images that come with the program, or download")
        folder.clicked.connect(lambda: self.bar.browse("folder"))
        archive.clicked.connect(lambda: self.bar.browse("zip"))
        menu: QMenu = sample_menu(sample, self.open_source)
        sample.setMenu(menu)
        empty = EmptyState(
            "Drop a folder or a .zip of images here",
            "Class folders become labels; a flat folder without labels is just as welcome. "
            "Nothing is copied or changed where the images are.",
            [folder, archive, sample],
        )
        self.stack.addWidget(empty)
        self.stack.addWidget(self.grid)
        panel = Panel("stage", margin=0, spacing=0)
        panel.body.addWidget(self.bar)
        panel.body.addWidget(SplitLine())
        panel.body.addWidget(self.banner)
        panel.body.addWidget(self.progress)
        inner = Panel("stage", margin=16)
        inner.body.addWidget(self.stack)
        panel.body.addWidget(inner, 1)
        self.lay_out(panel, self.inspector)


def _pixmap(picture: Image.Image) -> QPixmap:
    pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB")))
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    kind = Qt.TransformationMode.SmoothTransformation
    if width < PICTURE and height < PICTURE:
        kind = Qt.TransformationMode.FastTransformation
    side = QSize(PICTURE, PICTURE)
    return QPixmap.fromImage(image).scaled(side, Qt.AspectRatioMode.KeepAspectRatio, kind)
