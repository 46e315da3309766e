"""The bar above the thumbnails: where the images come from, and which of them are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QMenu, QWidget

from sslstudio.gui.widgets.button import Button
from sslstudio.services.datasets import known_sources

WIDEST_LIST = 420
LETTERS = 6
"""Width of a filter at rest; a longer name is whole in its list."""
Choose = Callable[[str], str]
"""Asks for a `folder`, a `zip` or a `csv`; an empty answer means never mind."""

GENERATED = ("shapes", "shapes-upright", "digits", "shapes-video")
PICTURES = "Zip archives (*.zip)"
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
TABLES = f"Tables ({' '.join(f'*{suffix}' for suffix in TABLE_SUFFIXES)})"


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
        self.classes.currentIndexChanged.connect(self._filter_chosen)
        self.split.currentIndexChanged.connect(self._filter_chosen)
        self._names: tuple[str, ...] = ()
        self._lay_out()
        self.set_filters((), shown=False)

    def browse(self, kind: str) -> None:
        """Let the user pick a place and ask for it."""
        path = self._choose(kind)
        if path:
            self.wanted.emit(path)

    def browse_folder(self) -> None:
        """Let the user pick a folder and ask for it."""
        self.browse("folder")

    def browse_zip(self) -> None:
        """Let the user pick an archive and ask for it."""
        self.browse("zip")

    def show_all(self) -> None:
        """Let go of both filters."""
        self.classes.setCurrentIndex(0)
        self.split.setCurrentIndex(0)

    def set_source(self, source: str) -> None:
        """Show where the open images come from."""
        self.source.setEditText(source)

    def _set_up_source(self) -> None:
        self.source.setEditable(True)
        self.source.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for number, name in enumerate(known_sources()):
            self.source.addItem(name)
            words = "" if name in GENERATED else "Downloaded when it is first opened"
            self.source.setItemData(number, words, Qt.ItemDataRole.ToolTipRole)
        self.source.setMinimumWidth(160)
        edit = self.source.lineEdit()
        if edit is not None:
            edit.setAccessibleName("Folder, .zip or data set")
            edit.setToolTip("A folder, a .zip or a data set's name; Enter opens it")
            # A folder that is dropped here would be written, not opened.
            edit.setAcceptDrops(False)
            edit.returnPressed.connect(self._ask)
        self.source.activated.connect(self._ask)

    def _ask(self) -> None:
        self.wanted.emit(self.source.currentText().strip())

    def _filter_chosen(self) -> None:
        self.filtered.emit()

    def _lay_out(self) -> None:
        folder = Button("Folder", tooltip="Open a folder of images")
        archive = Button("Zip", tooltip="Open a .zip of images")
        folder.clicked.connect(self.browse_folder)
        archive.clicked.connect(self.browse_zip)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.source, 1)
        row.addWidget(folder)
        row.addWidget(archive)
        row.addSpacing(8)
        row.addWidget(self.classes)
        row.addWidget(self.split)

    def set_filters(self, names: Sequence[str], *, shown: bool = True) -> None:
        """Offer the classes of the open images; the choice stays where they are the same."""
        self.split.setVisible(shown)
        self.classes.setVisible(len(names) > 0)
        if tuple(names) == self._names and self.classes.count():
            return
        self._names = tuple(names)
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItem("All classes")
        self.classes.addItems(list(names))
        self.classes.blockSignals(False)
        popup = self.classes.view()
        popup.setMinimumWidth(min(WIDEST_LIST, popup.sizeHintForColumn(0) + 24))


def _combo(name: str, accessible: str, tooltip: str) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setAccessibleName(accessible)
    combo.setToolTip(tooltip)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(LETTERS)
    return combo
