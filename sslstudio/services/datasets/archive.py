"""The image files in a zip archive, read in place: nothing is ever unpacked to the disk."""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Final

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets.folder import LARGEST_FILE
from sslstudio.services.datasets.image_set import Files
from sslstudio.services.datasets.listing import (
    SUFFIXES,
    Entry,
    Listing,
    make_listing,
    suffix_of,
)

LARGEST_RATIO: Final = 200
"""How many times its size an archive may unfold to, once that is more than RATIO_COUNTS_FROM.
Deflate reaches 1000 on zeros; photographs reach 1.1 and line drawings in BMP about 50."""
RATIO_COUNTS_FROM: Final = 2**30

_LEADS_OUT: Final = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
_UTF8_NAME: Final = 0x800
_ENCRYPTED: Final = 0x1
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    MemoryError,
)


class ZipFiles:
    """Reads files from one open archive, one at a time."""

    def __init__(self, archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._members = members
        self._one_at_a_time = Lock()

    def read(self, path: str) -> bytes:
        """Return a file's content; DataError says why it cannot be read."""
        member = self._members.get(path)
        if member is None:
            raise DataError("It is not in the archive.")
        try:
            with self._one_at_a_time:
                return self._archive.read(member)
        except NotImplementedError as error:
            raise DataError("It is packed with a method that cannot be read.") from error
        except _BROKEN as error:
            raise DataError(f"Its place in the archive is damaged ({error}).") from error

    def another(self) -> Files:
        """Return a reader with a file handle of its own."""
        return ZipFiles(_open(Path(str(self._archive.filename))), self._members)


def list_archive(place: Path) -> Listing:
    """Return the image files in a zip; DataError if it is none, or is not safe to read."""
    archive = _open(place)
    members = {_path(member): member for member in archive.infolist() if not member.is_dir()}
    _check_names(place, members)
    _check_sizes(place, members)
    found = [Entry(path, member.file_size, member.CRC) for path, member in members.items()]
    listing = make_listing(ZipFiles(archive, members), found)
    if any(members[entry.path].flag_bits & _ENCRYPTED for entry in listing.entries):
        raise DataError(
            f"The images in {place} are locked by a password.",
            "Unpack the archive and choose the folder.",
        )
    return listing


def _open(place: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(place)
    except (*_BROKEN, NotImplementedError) as error:
        raise _not_an_archive(place) from error


def _not_an_archive(place: Path) -> DataError:
    try:
        with place.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        return DataError(f"{place} cannot be read ({error.strerror}).", "Check its permissions.")
    if start[:2] == b"PK":
        return DataError(
            f"The archive {place} is cut off or damaged: its table of contents cannot be read.",
            "Copy or download it again.",
        )
    return DataError(
        f"{place} is neither a folder nor a zip archive.",
        "Choose a folder of images or a .zip of one; unpack other archives first.",
    )


def _path(member: zipfile.ZipInfo) -> str:
    name = member.filename.replace("\\", "/")
    if name.isascii() or member.flag_bits & _UTF8_NAME:
        return name
    # Apple's archiver writes UTF-8 without saying so.
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _check_names(place: Path, members: Mapping[str, zipfile.ZipInfo]) -> None:
    for path in members:
        if _LEADS_OUT.search(path):
            raise DataError(
                f"The archive {place} holds a path that leads out of it: {path!r}.",
                "Do not trust this file; ask its author for a clean one.",
            )


def _check_sizes(place: Path, members: Mapping[str, zipfile.ZipInfo]) -> None:
    images = {p: m for p, m in members.items() if suffix_of(p) in SUFFIXES}
    for path, member in images.items():
        if member.file_size > LARGEST_FILE:
            raise DataError(
                f"{path!r} in {place} unfolds to {member.file_size / 2**20:,.0f} MB; one image "
                f"may have {LARGEST_FILE // 2**20}.",
                "Take it out of the archive, or unpack the archive and choose the folder.",
            )
    total = sum(member.file_size for member in images.values())
    if total > RATIO_COUNTS_FROM and total > LARGEST_RATIO * place.stat().st_size:
        raise DataError(
            f"The archive {place} unfolds to {total / 2**30:,.1f} GB, more than "
            f"{LARGEST_RATIO} times its size.",
            "If you trust it, unpack it and choose the folder.",
        )
