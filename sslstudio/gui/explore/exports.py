"""Takes a map out of the window: as a table or as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from sslstudio.domain.errors import InputError
from sslstudio.gui.explore.desk import Mapped
from sslstudio.gui.explore.map_surface import MapSurface
from sslstudio.gui.widgets.button import Button
from sslstudio.gui.widgets.save_file import ask_file
from sslstudio.services.map_files import write_map_table

PICTURE_RATIO = 2.0


class MapExports(QObject):
    """Two buttons that ask for a file and write it.

    Signals:
        failed: a StudioError.
        written: the Path of the new file.
    """

    failed = Signal(object)
    written = Signal(object)

    def __init__(self, surface: MapSurface, parent: QWidget) -> None:
        super().__init__(parent)
        self._surface = surface
        self._window = parent
        self._shown: Mapped | None = None
        self.table = Button("Export CSV", tooltip="Write index, path, label, split, x and y")
        self.picture = Button("Save picture", tooltip="Write the map as a PNG, twice as fine")
        self.table.clicked.connect(self.ask_table)
        self.picture.clicked.connect(self.ask_picture)
        self.show_map(None)

    def show_map(self, shown: Mapped | None) -> None:
        """Offer to write this map; None for no map."""
        self._shown = shown
        for button in (self.table, self.picture):
            button.setEnabled(shown is not None)

    def ask_table(self) -> None:
        """Ask for a file and write the table."""
        self._ask("map.csv", "Tables", self.write_table)

    def ask_picture(self) -> None:
        """Ask for a file and write the picture."""
        self._ask("map.png", "Pictures", self.write_picture)

    def write_table(self, file: Path) -> None:
        """Write the columns index, path, label, split, x, y; InputError if that fails."""
        if self._shown is None or self._shown.result is None or self._shown.embedded is None:
            return
        try:
            write_map_table(file, self._shown.result.points, self._shown.embedded.table)
        except OSError as error:
            raise _unwritable(file) from error

    def write_picture(self, file: Path) -> None:
        """Write the map as it is seen; InputError if that fails."""
        if not self._surface.picture(PICTURE_RATIO).save(str(file)):
            raise _unwritable(file)

    def _ask(self, name: str, kind: str, write: Callable[[Path], None]) -> None:
        suffix = Path(name).suffix.removeprefix(".")
        file = ask_file(self._window, "Save the map", name, kind, suffix)
        if file is None:
            return
        try:
            write(file)
        except InputError as error:
            self.failed.emit(error)
        else:
            self.written.emit(file)


def _unwritable(file: Path) -> InputError:
    return InputError(f"{file} cannot be written.", "Choose a folder that you may write to.")
