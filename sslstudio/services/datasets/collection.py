"""Data sets that come as arrays rather than files, kept and resized in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets.image_set import ImageSet, Watch
from sslstudio.services.datasets.pack import FORMAT, Pack, PackStore
from sslstudio.services.datasets.picture import from_row, to_row

_CHUNK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Pictures of one size with their labels."""

    images: np.ndarray
    """uint8 (n, channels, height, width)"""
    labels: np.ndarray
    class_names: tuple[str, ...]
    split: np.ndarray
    factors: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
    sequence: np.ndarray | None = None
    """The clip that each image is a frame of; its frames follow each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """How a collection comes about, and its names."""

    source: str
    name: str
    version: str
    make: Callable[[Watch], Collection]


def open_collection(maker: Maker, data: DataSpec, store: PackStore, watch: Watch) -> ImageSet:
    """Return the collection at the working resolution, made or resized only the first time."""
    key = f"{maker.source}-{maker.version}-{FORMAT}"
    base = store.find(key) or _store_originals(key, maker, store, watch)
    resized = _at_resolution(key, base, data, store, watch)
    originals = base.images
    count, _, height, width = originals.shape
    paths = tuple(f"{maker.source}/{index:05d}" for index in range(count))
    return ImageSet(
        source=maker.source,
        name=maker.name,
        images=resized.images,
        paths=paths,
        labels=base.arrays["labels"],
        class_names=tuple(base.facts["class_names"]),
        split=base.arrays["split"],
        original_sizes=np.tile(np.array([width, height], dtype=np.int32), (count, 1)),
        notes=tuple(base.facts["notes"]),
        sequence=base.arrays.get("sequence"),
        frame=base.arrays.get("frame"),
        clips="sequence" in base.arrays,
        factors=MappingProxyType({name: base.arrays[name] for name in base.facts["factors"]}),
        fingerprint=fingerprint_of(resized, paths, data),
        originals=originals,
    )


def fingerprint_of(pack: Pack, paths: tuple[str, ...], data: DataSpec) -> str:
    """Return a hash of the pictures, their paths and the resolution."""
    content = hashlib.blake2b(pack.arrays["digests"].tobytes(), digest_size=16)
    content.update(f"{data.size} {data.fit} {data.channels}\n".encode())
    content.update("\n".join(paths).encode())
    return content.hexdigest()


def _store_originals(key: str, maker: Maker, store: PackStore, watch: Watch) -> Pack:
    collection = maker.make(watch)
    with store.writing(key, collection.images.shape[1:], len(collection.images)) as writer:
        for start in range(0, len(collection.images), _CHUNK):
            watch.check()
            writer.append(collection.images[start : start + _CHUNK])
        writer.arrays["labels"] = collection.labels.astype(np.int64)
        writer.arrays["split"] = collection.split.astype(np.int8)
        if collection.sequence is not None:
            writer.arrays["sequence"] = collection.sequence.astype(np.int64)
            writer.arrays["frame"] = np.arange(len(collection.images), dtype=np.int64)
        writer.arrays.update(collection.factors)
        writer.facts["class_names"] = list(collection.class_names)
        writer.facts["factors"] = list(collection.factors)
        writer.facts["notes"] = list(collection.notes)
    return store.written(key)


def _at_resolution(key: str, base: Pack, data: DataSpec, store: PackStore, watch: Watch) -> Pack:
    channels = 3 if data.channels == "rgb" else 1
    shape = (channels, data.size, data.size)
    if base.images.shape[1:] == shape:
        return base
    own_key = f"{key}-{data.size}-{data.fit}-{data.channels}"
    known = store.find(own_key)
    if known is not None:
        return known
    count = len(base.images)
    with store.writing(own_key, shape, count) as writer:
        for start in range(0, count, _CHUNK):
            rows = base.images[start : start + _CHUNK]
            writer.append(np.stack([to_row(from_row(row), data) for row in rows]))
            watch.step(start + len(rows), count)
    return store.written(own_key)
