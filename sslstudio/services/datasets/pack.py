"""Images kept on disk as one memory-mapped array, so that they are decoded only once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from sslstudio.domain.errors import StudioError

FORMAT: Final = 1
"""Part of every key: packs written by another reader are never mistaken for ours."""

_CHECKED_ROWS: Final = 4096
"""Images compared with their digests on opening: 60,000 would take 0.7 s, these take 0.05 s and
still meet every hole of more than a few images that a crash may have left."""
_ABANDONED_AFTER: Final = 24 * 3600.0
_MAKING: Final = ".making-"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Pack:
    """What was read back: images, arrays with a row for each, and facts."""

    images: np.ndarray
    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]


@dataclass(slots=True)
class PackWriter:
    """Takes images in order; nothing is seen by others before it is complete."""

    file: BinaryIO
    row_shape: tuple[int, ...]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    digests: list[int] = field(default_factory=list)

    def append(self, rows: np.ndarray) -> None:
        """Add images, uint8 (n, *row_shape)."""
        self.file.write(np.ascontiguousarray(rows).data)
        self.digests.extend(_digest(row) for row in rows)

    def replace(self, position: int, row: np.ndarray) -> None:
        """Put another image in the place of one that was added."""
        self.file.seek(position * row.nbytes)
        self.file.write(np.ascontiguousarray(row).data)
        self.file.seek(0, os.SEEK_END)
        self.digests[position] = _digest(row)


@dataclass(frozen=True, slots=True)
class PackStore:
    """The folder in which packs lie, each under its key."""

    root: Path

    def find(self, key: str) -> Pack | None:
        """Return a pack, or None if there is none or it is damaged."""
        folder = self.root / key
        try:
            facts = json.loads((folder / "pack.json").read_bytes())
            shape = tuple(facts["shape"])
            arrays = {name: _load(folder, name, check) for name, check in facts["arrays"].items()}
            if (folder / "images.bin").stat().st_size != int(np.prod(shape)):
                return None
            # Copy on write: torch wants arrays that it may write to, the file stays as it is.
            images = np.memmap(folder / "images.bin", np.uint8, mode="c", shape=shape)
            whole = _rows_match(images, arrays["digests"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Pack(images, arrays, facts["facts"]) if whole else None

    def written(self, key: str) -> Pack:
        """Return a pack that was just written; StudioError if the disk did not keep it."""
        pack = self.find(key)
        if pack is None:
            raise StudioError(
                f"What was written to the image cache {self.root} does not read back.",
                "Check this disk for faults.",
            )
        return pack

    @contextmanager
    def writing(self, key: str, row_shape: tuple[int, ...], rows: int) -> Iterator[PackWriter]:
        """Yield a writer; on a clean exit the pack appears at once, else it leaves nothing."""
        making: Path | None = None
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._sweep()
            _check_space(self.root, rows * int(np.prod(row_shape)))
            making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=self.root))
            with (making / "images.bin").open("wb") as file:
                writer = PackWriter(file, row_shape)
                yield writer
                _sync(file)
            _write_facts(making, writer)
            self._publish(making, self.root / key)
        except OSError as error:
            raise _cannot_write(self.root, error) from error
        finally:
            if making is not None:
                shutil.rmtree(making, ignore_errors=True)

    def drop_older(self, key: str, facts: Mapping[str, Any]) -> None:
        """Remove packs of the same source and resolution that another state of it left."""
        for folder in self.root.iterdir():
            if folder.name == key or folder.name.startswith(_MAKING):
                continue
            with suppress(OSError, ValueError, KeyError, TypeError):
                theirs = json.loads((folder / "pack.json").read_bytes())["facts"]
                if all(theirs.get(name) == value for name, value in facts.items()):
                    shutil.rmtree(folder, ignore_errors=True)

    def _publish(self, making: Path, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)
        try:
            making.rename(target)
        except OSError:
            # Another program may have finished the same pack just now.
            if self.find(target.name) is None:
                raise
        if os.name == "posix":
            handle = os.open(self.root, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _sweep(self) -> None:
        for folder in self.root.glob(f"{_MAKING}*"):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > _ABANDONED_AFTER:
                    shutil.rmtree(folder, ignore_errors=True)


def _write_facts(folder: Path, writer: PackWriter) -> None:
    arrays = {**writer.arrays, "digests": np.array(writer.digests, dtype=np.uint64)}
    for name, array in arrays.items():
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            _sync(file)
    content = {
        "format": FORMAT,
        "shape": [len(writer.digests), *writer.row_shape],
        "arrays": {name: _digest(array) for name, array in arrays.items()},
        "facts": writer.facts,
    }
    with (folder / "pack.json").open("wb") as file:
        file.write(json.dumps(content).encode())
        _sync(file)


def _load(folder: Path, name: str, check: int) -> np.ndarray:
    array: np.ndarray = np.load(folder / f"{name}.npy", allow_pickle=False)
    if _digest(array) != check:
        raise ValueError(name)
    return array


def _rows_match(images: np.ndarray, digests: np.ndarray) -> bool:
    if len(images) != len(digests):
        return False
    step = max(1, len(images) // _CHECKED_ROWS)
    # A plain view: slicing a memmap costs twice as much as hashing the row.
    rows = np.asarray(images)[::step]
    kept: list[int] = digests[::step].tolist()
    return [_digest(row) for row in rows] == kept


def _digest(array: np.ndarray) -> int:
    content = np.ascontiguousarray(array).data
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _check_space(root: Path, wanted: int) -> None:
    if shutil.disk_usage(root).free < wanted:
        raise OSError(errno.ENOSPC, f"{wanted / 2**20:,.1f} MB are needed")


def _cannot_write(root: Path, error: OSError) -> StudioError:
    if error.errno in _FULL:
        return StudioError(
            f"The disk with the image cache {root} is full ({error.strerror}).",
            "Free some space, or choose a smaller working resolution.",
        )
    return StudioError(
        f"The image cache {root} cannot be written ({error.strerror or error}).",
        "Check the permissions of this folder.",
    )
