"""The image files below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets.image_set import Files
from sslstudio.services.datasets.listing import Entry, Listing, make_listing

LARGEST_FILE: Final = 512 * 2**20
"""Bytes of one image file, in a folder or unpacked from an archive."""


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """Reads files below a folder."""

    root: Path

    def read(self, path: str) -> bytes:
        """Return a file's content; DataError says why it cannot be read."""
        place = self.root / path
        try:
            if place.stat().st_size > LARGEST_FILE:
                raise DataError(f"It is larger than {LARGEST_FILE // 2**20} MB.")
            return place.read_bytes()
        except FileNotFoundError as error:
            reason = "It is a link to a file that does not exist."
            raise DataError(reason if place.is_symlink() else "It is gone.") from error
        except PermissionError as error:
            raise DataError("You may not read it (permission denied).") from error
        except (OSError, ValueError) as error:
            raise DataError(f"It cannot be read ({error}).") from error

    def another(self) -> Files:
        """Return itself: it keeps nothing open."""
        return self


def list_folder(root: Path) -> Listing:
    """Return the image files below a folder, links followed but no folder entered twice."""
    try:
        next(os.scandir(root), None)
    except OSError as error:
        raise DataError(
            f"The folder {root} cannot be opened ({error.strerror}).",
            "Check its permissions, or choose another folder.",
        ) from error
    closed: list[str] = []
    found = list(_walk(root, closed))
    notes = tuple(f"The folder {path} cannot be opened and was left out." for path in closed)
    return make_listing(FolderFiles(root), found, notes)


def _walk(root: Path, closed: list[str]) -> Iterator[Entry]:
    waiting = [("", str(root))]
    entered: set[tuple[int, int]] = set()
    while waiting:
        prefix, place = waiting.pop()
        try:
            status = Path(place).stat()
            # A link back to a folder above would otherwise be followed for ever.
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(place) as children:
                ordered = sorted(children, key=lambda child: child.name)
        except OSError:
            closed.append(prefix.rstrip("/"))
            continue
        folders = [child for child in ordered if _is_folder(child)]
        waiting.extend((f"{prefix}{child.name}/", child.path) for child in reversed(folders))
        yield from (_entry(prefix, child) for child in ordered if _is_file(child))


def _is_folder(child: os.DirEntry[str]) -> bool:
    try:
        return child.is_dir()
    except OSError:
        return False


def _is_file(child: os.DirEntry[str]) -> bool:
    try:
        # A link that leads nowhere is listed, so that it is reported as unreadable.
        return child.is_file() or (child.is_symlink() and not child.is_dir())
    except OSError:
        return True


def _entry(prefix: str, child: os.DirEntry[str]) -> Entry:
    try:
        status = child.stat()
    except OSError:
        return Entry(prefix + child.name, 0, 0)
    return Entry(prefix + child.name, status.st_size, status.st_mtime_ns)
