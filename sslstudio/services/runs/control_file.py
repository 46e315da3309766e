"""What other processes want of a run in training, left in its folder for the trainer to read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, get_args

from sslstudio.services.files import disk_errors, write_text

Wish = Literal["pause", "stop"]
WISHES = get_args(Wish)


class ControlFile:
    """One file with the latest wish; without it training goes on.

    Whoever trains clears it on taking the run's lock, so that a wish never outlives the training
    that it was meant for, and again before letting the lock go.
    """

    def __init__(self, run: Path) -> None:
        self._file = run / "control.json"

    def read(self) -> Wish | None:
        """Return the latest wish; None if training should go on."""
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        wish: Wish | None = content.get("wish") if isinstance(content, dict) else None
        return wish if wish in WISHES else None

    def write(self, wish: Wish | None) -> None:
        """Leave a wish; None lets training go on."""
        if wish is None:
            self.clear()
        else:
            write_text(self._file, json.dumps({"wish": wish}))

    def clear(self) -> None:
        """Let training go on; also without a file."""
        with disk_errors(self._file):
            self._file.unlink(missing_ok=True)
