"""What the Export page needs from whoever can write encoders; no Qt here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int, str], None]
"""Takes done, total and words such as `Checking it on real images`."""


@dataclass(frozen=True, slots=True)
class ExportableRun:
    """A run with an encoder to export."""

    run_id: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FormatCard:
    """A format: its word, title, who needs it, and the files it leaves."""

    name: str
    title: str
    who: str
    files: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOutcome:
    """What was written, and how far it is from the original."""

    folder: Path
    files: tuple[str, ...]
    checked_images: int
    largest_difference: float
    """Of an embedding, relative to its length."""
    allowed_difference: float
    snippet: str
    """Code that loads what was written."""


class ExportSource(Protocol):
    """Writes encoders; `card` and `export` are called on a thread of their own."""

    def runs(self) -> Sequence[ExportableRun]:
        """Return the runs that have a checkpoint, newest first."""
        ...

    def formats(self) -> Sequence[FormatCard]:
        """Return the formats, the default one first."""
        ...

    def card(self, run_id: str) -> Mapping[str, str]:
        """Return what the written card will say, by label."""
        ...

    def export(
        self,
        run_id: str,
        file_format: str,
        folder: Path,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> ExportOutcome:
        """Write the encoder into a new folder; StudioError with a sentence if it cannot be done."""
        ...
