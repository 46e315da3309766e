"""The bar above the thumbnails: where the images come from, and which of them are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QMenu, QWidget

from sslstudio.gui.widgets.button import Button
from sslstudio.services.datasets import known_sources

Choose = Callable[[str], str]
"""Asks for a `folder`, a `zip` or a `csv`; an empty answer means never mind."""

GENERATED = ("shapes", "shapes-upright", "digits")
PICTURES = "Zip archives (*.zip)"
TABLES = "Tables (*.csv *.tsv *.txt)"


def ask_for_file(kind: str) -> str:
    """Return a path that the user picked in a dialog; empty if none."""
    match kind:
        case "folder":
            return QFileDialog.getExistingDirectory(None, "Open a folder of images")
        case "zip":
            return QFileDialog.getOpenFileName(None, "Open a zip of images", "", PICTURES)[0]
        case _:
            return QFileDialog.getOpenFileName(None, "Open a table of labels", "", TABLES)[0]


def sample_menu(parent: QWidget, wanted: Callable[[str], None]) -> QMenu:
    """Return a menu of the data sets that need no files of the user's."""
    menu = QMenu(parent)
    for name in known_sources():
        title = name if name in GENERATED else f"{name} (downloads)"
        menu.addAction(title).triggered.connect(_asking(wanted, name))
    return menu


def _asking(wanted: Callable[[str], None], name: str) -> Callable[[], None]:
    return lambda: wanted(name)


class SourceBar(QWidget):
    """Path or name, buttons to browse, and filters.

    Signals:
        wanted: a path or the name of a data set.
        filtered: a class or the split was chosen to be shown alone.
    """

    wanted = Signal(str)
    filtered = Signal()

    def __init__(self, choose: Choose) -> None:
        super().__init__()
        self._choose = choose
        self.source = _combo("data.source", "Images", "A folder, a .zip or a data set's name")
        self.classes = _combo("data.class", "Class", "Show one class only")
        self.split = _combo("data.split", "Split", "Show training or held-out images only")
        self._set_up_source()
        self.split.addItems(["All images", "Training", "Held out"])
        self.classes.currentIndexChanged.connect(lambda _n: self.filtered.emit())
        self.split.currentIndexChanged.connect(lambda _n: self.filtered.emit())
        self._lay_out()
        self.set_classes(())

    def browse(self, kind: str) -> None:
        """Let the user pick a place and ask for it."""
        path = self._choose(kind)
        if path:
            self.wanted.emit(path)

    def set_source(self, source: str) -> None:
        """Show where the open images come from."""
        self.source.setEditText(source)

    def _set_up_source(self) -> None:
        self.source.setEditable(True)
        self.source.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.source.addItems(list(known_sources()))
        self.source.setMinimumWidth(160)
        edit = self.source.lineEdit()
        if edit is not None:
            edit.setAccessibleName("Folder, .zip or data set")
            edit.setToolTip("A folder, a .zip or a data set's name; Enter opens it")
            edit.returnPressed.connect(lambda: self.wanted.emit(self.source.currentText().strip()))
        self.source.activated.connect(lambda _n: self.wanted.emit(self.source.currentText()))

    def _lay_out(self) -> None:
        folder = Button("Folder", tooltip="Open a folder of images")
        archive = Button("Zip", tooltip="Open a .zip of images")
        folder.clicked.connect(lambda: self.browse("folder"))
        archive.clicked.connect(lambda: self.browse("zip"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.source, 1)
        row.addWidget(folder)
        row.addWidget(archive)
        row.addSpacing(8)
        row.addWidget(self.classes)
        row.addWidget(self.split)

    def set_classes(self, names: Sequence[str]) -> None:
        """Offer the classes of the open images."""
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItem("All classes")
        self.classes.addItems(list(names))
        self.classes.setVisible(len(names) > 0)
        self.classes.blockSignals(False)


def _combo(name: str, accessible: str, tooltip: str) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setAccessibleName(accessible)
    combo.setToolTip(tooltip)
    return combo
