"""The stage of the Data page: source and filters, thumbnails, a place to drop, and progress."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QMenu, QStackedWidget

from sslstudio.gui.data.drop import DropTarget
from sslstudio.gui.data.source_bar import Choose, SourceBar, sample_menu
from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.gui.theme import Tokens
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.notes import Banner, EmptyState
from sslstudio.gui.widgets.panel import Panel, SplitLine
from sslstudio.gui.widgets.progress import ProgressStrip
from sslstudio.gui.widgets.text import ElidedLabel
from sslstudio.services.datasets import ImageSet

CELL = 84
DROP, GRID, NONE_LEFT = range(3)


class DataStage(Panel):
    """Shows the images that pass the filters, mixed unless one class is chosen."""

    def __init__(self, tokens: Tokens, choose: Choose) -> None:
        super().__init__("stage", margin=0, spacing=0)
        self._images: ImageSet | None = None
        self._shown = np.empty(0, dtype=np.int64)
        self.bar = SourceBar(choose)
        self.banner = Banner("error", "")
        self.banner.hide()
        self.progress = ProgressStrip()
        self.grid = ThumbnailGrid(tokens, "Images", cell=CELL)
        self._grid_tooltip = self.grid.toolTip()
        self.foot = ElidedLabel("", "small")
        self.stack = QStackedWidget()
        self.drop_target = DropTarget(self._ways_to_open())
        self._arrange()
        self.grid.hovered.connect(self._hover)

    def show_images(self, images: ImageSet) -> None:
        """Show these images through the filters."""
        self._images = images
        self.bar.set_filters(images.class_names)
        self.filter()

    def filter(self) -> None:
        """Show the images of the chosen class and split only."""
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
        self._hover(-1)
        self._turn()

    def first(self) -> int:
        """Return the number of the first image that is shown; -1 if there is none."""
        return int(self._shown[0]) if len(self._shown) else -1

    def mark(self, row: int) -> None:
        """Frame the image that the inspector shows."""
        self.grid.set_selected(self._shown == row)

    def invite(self, *, invited: bool) -> None:
        """Show the drop target while something is held above the page."""
        self.drop_target.mark(over=invited)
        if invited:
            self.stack.setCurrentIndex(DROP)
        else:
            self._turn()

    def words(self, row: int) -> str:
        """Return path, class, size and split of an image."""
        images = self._images
        if images is None or row < 0:
            return ""
        label = int(images.labels[row])
        width, height = images.original_sizes[row]
        known = images.class_names[label] if label >= 0 else "no label"
        part = "held out" if images.split[row] else "training"
        return f"{images.paths[row]} · {known} · {width} × {height} px · {part}"

    def _turn(self) -> None:
        if self._images is None:
            self.stack.setCurrentIndex(DROP)
        else:
            self.stack.setCurrentIndex(GRID if len(self._shown) else NONE_LEFT)

    def _hover(self, row: int) -> None:
        words = self.words(row)
        self.grid.setToolTip(words or self._grid_tooltip)
        self.foot.set_text(words or self._count())

    def _count(self) -> str:
        if self._images is None:
            return ""
        shown, whole = len(self._shown), len(self._images.paths)
        return f"{shown:,} images" if shown == whole else f"{shown:,} of {whole:,} images"

    def _ways_to_open(self) -> list[Button]:
        folder = Button("Open folder", "primary", tooltip="Open a folder of images")
        archive = Button("Open zip", tooltip="Open a .zip of images")
        sample = Button("Sample data", tooltip="Images that come with the program, or download")
        folder.clicked.connect(self.bar.browse_folder)
        archive.clicked.connect(self.bar.browse_zip)
        menu: QMenu = sample_menu(sample, self.bar.wanted.emit)
        sample.setMenu(menu)
        return [folder, archive, sample]

    def _arrange(self) -> None:
        show_all = Button("Show all images", tooltip="Let go of both filters")
        show_all.clicked.connect(self.bar.show_all)
        none_left = EmptyState(
            "No image is left", "No image of this class is in this part of the set.", [show_all]
        )
        for page in (self.drop_target, self.grid, none_left):
            self.stack.addWidget(page)
        inner = Panel("stage", margin=16, spacing=12)
        inner.body.setContentsMargins(16, 12, 16, 8)
        for part in (self.banner, self.progress):
            inner.body.addWidget(part)
        inner.body.addWidget(self.stack, 1)
        inner.body.addWidget(self.foot)
        self.body.addWidget(self.bar)
        self.body.addWidget(SplitLine())
        self.body.addWidget(inner, 1)
