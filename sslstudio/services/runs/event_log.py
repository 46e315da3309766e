"""A run's log, read as it grows."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from sslstudio.domain.events import EVENT, Event


class EventLog:
    """Remembers how far it has been read; a torn last line waits for its end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._position = 0

    def new_events(self) -> list[Event]:
        """Return what was written since the last call, oldest first."""
        if not self._file.exists():
            return []
        found: list[Event] = []
        with self._file.open("rb") as lines:
            lines.seek(self._position)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._position += len(line)
                try:
                    found.append(EVENT.validate_json(line))
                except ValidationError:
                    # An event of a newer build, or a line that a crash garbled.
                    continue
        return found
