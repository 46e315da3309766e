"""The large place to drop images on, and what a dropped thing asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from sslstudio.domain.errors import DataError
from sslstudio.gui.data.source_bar import TABLE_SUFFIXES
from sslstudio.gui.widgets.notes import EmptyState
from sslstudio.gui.widgets.text import restyle
from sslstudio.services.datasets.listing import SUFFIXES, suffix_of


@dataclass(frozen=True, slots=True)
class Dropped:
    """A place with images, or a table of labels for the open ones."""

    kind: Literal["source", "labels"]
    path: str


class DropTarget(QFrame):
    """A dashed field that says what may be dropped, with buttons for those who do not drag."""

    def __init__(self, buttons: Sequence[QWidget]) -> None:
        super().__init__()
        self.setProperty("drop", True)
        self.setAccessibleName("Drop a folder or a .zip of images here")
        layout = QVBoxLayout(self)
        layout.addWidget(
            EmptyState(
                "Drop a folder or a .zip of images here",
                "Class folders become labels; a flat folder without labels is just as welcome. "
                "Nothing is copied or changed where the images are.",
                buttons,
            )
        )

    def mark(self, *, over: bool) -> None:
        """Show whether something is held above."""
        restyle(self, "over", over)


def carries_a_file(data: QMimeData) -> bool:
    """Return True if something that lies on this machine is being dragged."""
    return any(url.isLocalFile() for url in data.urls())


def dropped(data: QMimeData) -> Dropped:
    """Return what the first dropped file asks for; of an image, the folder it lies in.

    DataError if it is nothing with images.
    """
    path = Path(next(url.toLocalFile() for url in data.urls() if url.isLocalFile()))
    suffix = path.suffix.lower()
    if path.is_dir() or suffix == ".zip":
        return Dropped("source", str(path))
    if suffix_of(path.name) in SUFFIXES:
        return Dropped("source", str(path.parent))
    if suffix in TABLE_SUFFIXES:
        return Dropped("labels", str(path))
    raise DataError(
        f"{path.name} is neither a folder, a .zip, an image nor a table of labels.",
        "Drop one of those.",
    )
