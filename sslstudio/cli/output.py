"""What the command line prints: JSON lines for programs, plain text for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from sslstudio.domain.events import Event, Finished, Measured, Saved, Stepped, VerdictGiven, Warned
from sslstudio.services.datasets import ImageSet

NAMED_FILES = 5


class Output:
    """Prints to stdout in one of two forms; progress goes to a terminal only."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._terminal = sys.stderr.isatty() and not as_json
        self._open_line = False

    def result(self, content: Mapping[str, Any], text: str) -> None:
        """Print a result: one JSON object, or a person's sentence."""
        self.close_line()
        sys.stdout.write((json.dumps(content, ensure_ascii=False) if self.as_json else text) + "\n")
        sys.stdout.flush()

    def rows(self, rows: Iterable[Mapping[str, Any]], lines: Iterable[str]) -> None:
        """Print one JSON object a row, or the lines of a table."""
        content = (json.dumps(row, ensure_ascii=False) for row in rows) if self.as_json else lines
        for line in content:
            sys.stdout.write(line + "\n")

    def event(self, event: Event) -> None:
        """Print an event as it comes."""
        if self.as_json:
            sys.stdout.write(event.model_dump_json() + "\n")
            sys.stdout.flush()
            return
        match event:
            case Stepped():
                self.progress(event.progress, _step_words(event))
            case VerdictGiven():
                self._line(f"{event.state}: {event.sentence}")
            case Warned():
                self._line(f"warning: {event.message} {event.hint}".rstrip())
            case Measured() | Saved() | Finished():
                pass
            case _:
                pass

    def progress(self, share: float, words: str) -> None:
        """Show progress in place, on a terminal only."""
        if self._terminal:
            bar = "#" * int(24 * share)
            sys.stderr.write(f"\r\x1b[K{100 * share:5.1f} % [{bar:<24}] {words}")
            sys.stderr.flush()
            self._open_line = True

    def counting(self, what: str) -> Any:
        """Return a callback (done, total) that shows how far some work is."""

        def show(done: int, total: int) -> None:
            self.progress(done / max(1, total), f"{what} {done:,} of {total:,}")

        return show

    def about_images(self, images: ImageSet) -> None:
        """Say on stderr what was noticed while reading: left out files by name, scales, splits."""
        self.close_line()
        left_out = [f"{file.path} ({file.reason})" for file in images.unreadable]
        if left_out:
            more = len(left_out) - NAMED_FILES
            named = left_out[:NAMED_FILES] + ([f"and {more:,} more"] if more > 0 else [])
            count = f"{len(left_out):,} file{'s' if len(left_out) > 1 else ''}"
            complain(f"note: {count} could not be read and left out: {', '.join(named)}")
        for note in images.notes:
            complain(f"note: {note}")

    def close_line(self) -> None:
        """End a line that progress left open."""
        if self._open_line:
            sys.stderr.write("\n")
            self._open_line = False

    def _line(self, text: str) -> None:
        self.close_line()
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _step_words(event: Stepped) -> str:
    loss = event.terms.get("loss")
    shown = "" if loss is None else f"loss {loss:.3f}, "
    return f"step {event.step}, {shown}{event.images_per_second:,.0f} images/s"


def complain(message: str, hint: str = "") -> None:
    """Print a mistake on stderr: what is wrong, and on a second line what to do."""
    sys.stderr.write(f"sslstudio: {message}\n")
    if hint:
        sys.stderr.write(f"{hint}\n")
