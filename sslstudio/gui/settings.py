"""What the window remembers between two starts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pydantic import TypeAdapter, ValidationError
from PySide6.QtCore import QByteArray, QSettings

from sslstudio.gui.theme import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """The window's shape and what was open in it."""

    mode: Mode = "system"
    geometry: bytes = b""
    library_width: int = 203
    library_shown: bool = True
    inspector_width: int = 296
    page: str = "design"
    recipe_json: str = ""
    data_source: str = ""
    run: str = ""
    has_trained: bool = False
    """True once a training has begun: the first start's invitation is gone."""


_READER = TypeAdapter(WindowSettings)


class SettingsFile:
    """Reads and writes the settings; a value that cannot be read counts as not set."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    def read(self) -> WindowSettings:
        """Return what was remembered, with defaults for the rest."""
        found = {
            field.name: _plain(self._store.value(field.name))
            for field in fields(WindowSettings)
            if self._store.contains(field.name)
        }
        try:
            return _READER.validate_python(found)
        except ValidationError as error:
            wrong = {place["loc"][0] for place in error.errors()}
            return _READER.validate_python({k: v for k, v in found.items() if k not in wrong})

    def write(self, settings: WindowSettings) -> None:
        """Remember all values."""
        for field in fields(WindowSettings):
            value = getattr(settings, field.name)
            self._store.setValue(
                field.name, QByteArray(value) if isinstance(value, bytes) else value
            )
        self._store.sync()


def user_settings() -> SettingsFile:
    """Return the settings of the person at this computer."""
    return SettingsFile(QSettings("sslstudio", "sslstudio"))


def _plain(value: object) -> object:
    return bytes(value.data()) if isinstance(value, QByteArray) else value
