"""Writing files so that a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import errno
import os
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sslstudio.domain.errors import StudioError

UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)
"""What numpy raises on an .npz file that is missing, cut off or something else."""


def write_atomically(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside the target, flush it to disk, then rename it."""
    with disk_errors(target):
        # Not tempfile's: those stay readable for their owner alone.
        temporary = target.with_name(f".{target.name[:40]}.{uuid.uuid4().hex}")
        try:
            write(temporary)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a text file atomically."""
    write_atomically(target, lambda temporary: _write_text(temporary, text))


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


@contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Turn what the operating system says about a full or forbidden disk into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StudioError(
                f"The disk is full: {target} could not be written.",
                "Free some space; what was written before is intact.",
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise StudioError(
                f"{target} cannot be written: permission denied.", "Choose another folder."
            ) from error
        if not target.parent.is_dir():
            raise StudioError(
                f"{target} cannot be written: there is no folder {target.parent}.",
                "Make that folder first, or choose another.",
            ) from error
        raise
