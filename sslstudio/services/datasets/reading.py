"""Decodes the files of a listing on all cores, straight into a pack."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final, TypeVar

import numpy as np

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets.depth import LEVELS, histogram_range, sixteen_bit_values
from sslstudio.services.datasets.image_set import Files, Watch
from sslstudio.services.datasets.listing import Listing
from sslstudio.services.datasets.pack import PackWriter
from sslstudio.services.datasets.picture import Decoded, decode, eight_bit, to_row

_MOST_IN_BATCH: Final = 32
"""Files for one task of a thread: at 32 px the hand-over then costs 3 % of the time."""
_BATCH_BYTES: Final = 4 * 2**20
"""Large photographs go in smaller batches, so that a stop is obeyed within a second."""
_MOST_THREADS: Final = 16
_POLL_SECONDS: Final = 0.1

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class Batch:
    """What became of some files, in their order."""

    start: int
    rows: np.ndarray
    sizes: np.ndarray
    failures: dict[int, str] = field(default_factory=dict)
    deep: list[int] = field(default_factory=list)
    """Pictures with 16 bits: their rows wait until the range of all of them is known."""
    floats: int = 0
    histogram: np.ndarray | None = None

    def kept(self) -> list[int]:
        """Return the positions in the batch that could be read."""
        return [index for index in range(len(self.rows)) if index not in self.failures]


@dataclass(slots=True)
class _Tally:
    """What is known after some batches."""

    kept: list[int] = field(default_factory=list)
    sizes: list[np.ndarray] = field(default_factory=list)
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    deep: list[int] = field(default_factory=list)
    """Positions among the kept images."""
    floats: int = 0
    histogram: np.ndarray = field(default_factory=lambda: np.zeros(LEVELS, np.int64))

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        before = len(self.kept)
        kept = batch.kept()
        places = {index: before + order for order, index in enumerate(kept)}
        self.kept += [batch.start + index for index in kept]
        self.sizes.append(batch.sizes[kept])
        self.unreadable += [(batch.start + i, why) for i, why in batch.failures.items()]
        self.deep += [places[index] for index in batch.deep]
        self.floats += batch.floats
        if batch.histogram is not None:
            self.histogram += batch.histogram


def read_files(listing: Listing, data: DataSpec, writer: PackWriter, watch: Watch) -> None:
    """Write every readable image at the working resolution, and what was found on the way.

    Fills the writer's arrays `kept` (positions in the listing) and `original_sizes` and its facts
    `unreadable`, `deep_count`, `depth_range` and `float_count`.
    """
    tally = _Tally()
    paths = [entry.path for entry in listing.entries]
    size = _batch_size(listing)
    batches = [(start, paths[start : start + size]) for start in range(0, len(paths), size)]
    with warnings.catch_warnings(), _Workers(listing.files, watch) as workers:
        # Pillow warns of odd tags on stderr; whatever matters is reported with the file's name.
        warnings.simplefilter("ignore")
        for batch in workers.in_order(lambda f, names: _read_batch(f, names, data), batches):
            writer.append(batch.rows[batch.kept()])
            tally.add(batch)
            watch.step(batch.start + len(batch.rows), len(paths))
        limits = histogram_range(tally.histogram) if tally.deep else None
        again = ((place, paths[tally.kept[place]]) for place in tally.deep)
        for place, row in workers.in_order(lambda f, p: _read_deep(f, p, data, limits), again):
            writer.replace(place, row)
    writer.arrays["kept"] = np.array(tally.kept, dtype=np.int64)
    writer.arrays["original_sizes"] = np.concatenate(tally.sizes)
    writer.facts["unreadable"] = [[paths[index], why] for index, why in tally.unreadable]
    writer.facts["deep_count"] = len(tally.deep)
    writer.facts["float_count"] = tally.floats
    writer.facts["depth_range"] = limits


def _batch_size(listing: Listing) -> int:
    mean = sum(entry.size for entry in listing.entries) // len(listing.entries)
    return max(1, min(_MOST_IN_BATCH, _BATCH_BYTES // max(1, mean)))


def _read_batch(files: Files, numbered: tuple[int, Sequence[str]], data: DataSpec) -> Batch:
    start, names = numbered
    shape = (len(names), 3 if data.channels == "rgb" else 1, data.size, data.size)
    sizes = np.zeros((len(names), 2), dtype=np.int32)
    batch = Batch(start, np.zeros(shape, dtype=np.uint8), sizes)
    for index, name in enumerate(names):
        try:
            decoded = decode(files.read(name))
        except DataError as error:
            batch.failures[index] = error.message
            continue
        batch.sizes[index] = decoded.size
        if not _set_aside(batch, index, decoded):
            batch.rows[index] = to_row(eight_bit(decoded), data)
    return batch


def _set_aside(batch: Batch, index: int, decoded: Decoded) -> bool:
    if not decoded.deep:
        return False
    values = sixteen_bit_values(decoded.picture)
    if values is None:
        batch.floats += 1
        return False
    counts = np.bincount(values.ravel(), minlength=LEVELS)
    batch.histogram = counts if batch.histogram is None else batch.histogram + counts
    batch.deep.append(index)
    return True


def _read_deep(
    files: Files, place: tuple[int, str], data: DataSpec, limits: tuple[int, int] | None
) -> tuple[int, np.ndarray]:
    position, name = place
    return position, to_row(eight_bit(decode(files.read(name)), limits), data)


class _Workers:
    """A few threads, each with its own reader of the files."""

    def __init__(self, files: Files, watch: Watch) -> None:
        count = min(_MOST_THREADS, os.cpu_count() or 1)
        self._count = count
        self._watch = watch
        self._readers: SimpleQueue[Files] = SimpleQueue()
        for reader in (files, *(files.another() for _ in range(count - 1))):
            self._readers.put(reader)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="images")

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def in_order(self, work: Callable[[Files, T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield the results in the order of the items, with a few items under way."""
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(self._pool.submit(self._with_reader, work, item))
            if len(waiting) > 2 * self._count:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _with_reader(self, work: Callable[[Files, T], R], item: T) -> R:
        reader = self._readers.get()
        try:
            return work(reader, item)
        finally:
            self._readers.put(reader)

    def _result(self, future: Future[R]) -> R:
        while not future.done():
            self._watch.check()
            wait([future], timeout=_POLL_SECONDS)
        return future.result()
