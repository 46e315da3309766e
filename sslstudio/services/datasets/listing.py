"""Which files of a folder or archive are images, in a fixed order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sslstudio.services.datasets.image_set import Files

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
)
READABLE: Final = "jpg, png, bmp, gif, webp, tif, ppm and pgm"

_OTHER_PICTURES: Final = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".svg", ".dng", ".cr2", ".nef", ".dcm"}
)
VIDEO_SUFFIXES: Final = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ogv"}
)
_TABLES: Final = frozenset({".csv", ".tsv"})


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """An image file by its path below the source, its size, and what changes when it does."""

    path: str
    size: int
    stamp: int
    """The time of the last change in ns, or the checksum that an archive keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The image files of a source in the order of their paths."""

    files: Files
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    """Tables beside the images, which may hold their labels."""
    videos: tuple[Entry, ...] = ()
    """Video files beside the images."""
    others: int = 0
    """How many files are no images."""

    def digest(self) -> str:
        """Return a hash that changes when a file is added, removed, renamed or changed."""
        lines = (f"{entry.path}\0{entry.size}\0{entry.stamp}" for entry in self.entries)
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def make_listing(files: Files, found: Iterable[Entry], notes: Iterable[str] = ()) -> Listing:
    """Return the images among the files found; the rest is counted, never read."""
    images: list[Entry] = []
    others: list[Entry] = []
    for entry in found:
        if not _hidden(entry.path):
            (images if suffix_of(entry.path) in SUFFIXES else others).append(entry)
    garbled = [entry for entry in images if not _is_text(entry.path)]
    suffixes = Counter(suffix_of(entry.path) for entry in others)
    unsupported = {s: count for s, count in suffixes.items() if s in _OTHER_PICTURES}
    left_out = tuple(
        f"Left out {count} {suffix} file{'s' if count > 1 else ''}: only {READABLE} are read."
        for suffix, count in sorted(unsupported.items())
    )
    return Listing(
        files=files,
        entries=tuple(sorted(entry for entry in images if _is_text(entry.path))),
        notes=(*notes, *left_out, *(_rename(entry.path) for entry in garbled)),
        tables=tuple(sorted(e.path for e in others if suffix_of(e.path) in _TABLES)),
        videos=tuple(sorted(e for e in others if suffix_of(e.path) in VIDEO_SUFFIXES)),
        others=len(others),
    )


def suffix_of(path: str) -> str:
    """Return the suffix of a path with forward slashes, in lower case; empty if it has none."""
    # pathlib takes 15 times as long, which counts with 60,000 files.
    stem, dot, suffix = path.rpartition(".")
    return f".{suffix.lower()}" if dot and stem and "/" not in suffix else ""


def _hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path or "__MACOSX/" in path


def _is_text(path: str) -> bool:
    # A name that is not UTF-8 reaches Python with half characters that no file can hold.
    return path.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in path)


def _rename(path: str) -> str:
    shown = path.encode("utf-8", "backslashreplace").decode()
    return f"Left out {shown}: its name is not valid text. Rename it."
