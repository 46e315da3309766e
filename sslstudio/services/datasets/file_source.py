"""Opens a folder or archive of image files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets.archive import list_archive
from sslstudio.services.datasets.collection import fingerprint_of
from sslstudio.services.datasets.depth import HIGH_PERCENTILE, LOW_PERCENTILE
from sslstudio.services.datasets.folder import FolderFiles, list_folder
from sslstudio.services.datasets.image_set import HELD_OUT, ImageSet, UnreadableFile, Watch
from sslstudio.services.datasets.label_table import match_table, read_table
from sslstudio.services.datasets.layout import Layout, hold_out, number_classes, read_layout
from sslstudio.services.datasets.listing import (
    READABLE,
    SUFFIXES,
    VIDEO_SUFFIXES,
    Entry,
    Listing,
    make_listing,
    suffix_of,
)
from sslstudio.services.datasets.pack import FORMAT, Pack, PackStore
from sslstudio.services.datasets.reading import read_files
from sslstudio.services.datasets.sequences import hold_out_clips, read_sequences
from sslstudio.services.datasets.videos import frame_of, with_frames

FEWEST: Final = 2
"""Images that a set needs: one to learn from and one to compare with."""


def list_place(place: Path, stride: int = DataSpec().video_stride) -> Listing:
    """Return the images in a folder, archive or video; DataError if there are fewer than two.

    Of a video every `stride`-th frame is an image.
    """
    if place.is_dir():
        listing = with_frames(list_folder(place), place, stride)
    elif suffix_of(place.name) in VIDEO_SUFFIXES:
        status = place.stat()
        entry = Entry(place.name, status.st_size, status.st_mtime_ns)
        alone = make_listing(FolderFiles(place.parent), [entry])
        listing = with_frames(alone, place.parent, stride)
    elif suffix_of(place.name) in SUFFIXES:
        raise DataError(
            f"{place} is a single image; a set needs at least {FEWEST}.",
            "Choose the folder that it lies in.",
        )
    else:
        listing = _without_videos(list_archive(place))
    if len(listing.entries) < FEWEST:
        raise _too_few(place, listing)
    return listing


def _without_videos(listing: Listing) -> Listing:
    if not listing.videos:
        return listing
    note = f"Left out {len(listing.videos)} videos: unpack the archive to read them."
    return replace(listing, notes=(*listing.notes, note))


def open_place(place: Path, data: DataSpec, store: PackStore, watch: Watch) -> ImageSet:
    """Return the images of a folder or archive at the working resolution."""
    listing = list_place(place, data.video_stride)
    layout = read_layout([e.path for e in listing.entries], archive=not place.is_dir())
    beside = len(listing.entries) - len(layout.chosen)
    listing = replace(listing, entries=tuple(listing.entries[i] for i in layout.chosen))
    paths = [entry.path for entry in listing.entries]
    classes, table_notes = _classes(layout, place, data, listing)
    pack = _packed(place, listing, data, store, watch)
    kept = [int(index) for index in pack.arrays["kept"]]
    labels, class_names = number_classes(classes[index] for index in kept)
    kept_paths = tuple(paths[index] for index in kept)
    order = read_sequences(kept_paths)
    clips = any(frame_of(path) for path in kept_paths)
    if clips and order is not None and layout.test is None:
        split, split_notes = _split_clips(*order, labels)
    else:
        split, split_notes = _split(layout, classes, kept, labels)
    left_out = [f"Left out {beside} images that lie beside train and test."] if beside else []
    facts = pack.facts
    return ImageSet(
        source=str(place),
        name=place.name if place.is_dir() else place.stem,
        images=pack.images,
        paths=kept_paths,
        labels=labels,
        class_names=class_names,
        split=split,
        original_sizes=pack.arrays["original_sizes"],
        unreadable=tuple(UnreadableFile(path=p, reason=why) for p, why in facts["unreadable"]),
        sequence=None if order is None else order[0],
        frame=None if order is None else order[1],
        clips=clips,
        notes=(*listing.notes, *left_out, *_depth_notes(pack), *table_notes, *split_notes),
        fingerprint=fingerprint_of(pack, kept_paths, data),
        depth_range=tuple(facts["depth_range"]) if facts["depth_range"] else None,
        files=listing.files,
    )


def _packed(place: Path, listing: Listing, data: DataSpec, store: PackStore, watch: Watch) -> Pack:
    key = f"{listing.digest()}-{data.size}-{data.fit}-{data.channels}-{FORMAT}"
    known = store.find(key)
    if known is not None:
        return known
    identity = {"source": str(place), "resolution": [data.size, data.fit, data.channels]}
    shape = (3 if data.channels == "rgb" else 1, data.size, data.size)
    with store.writing(key, shape, len(listing.entries)) as writer:
        writer.facts.update(identity)
        read_files(listing, data, writer, watch)
        _check_readable(place, writer.facts["unreadable"], len(writer.digests))
    store.drop_older(key, identity)
    return store.written(key)


def _classes(
    layout: Layout, place: Path, data: DataSpec, listing: Listing
) -> tuple[tuple[str | None, ...], list[str]]:
    paths = [entry.path for entry in listing.entries]
    if data.labels_csv:
        text = read_table(data.labels_csv, place, listing.files)
        labels = match_table(data.labels_csv, text, paths)
        missing = len(paths) - labels.matched
        notes = [f"{missing} images have no row in {data.labels_csv}."] if missing else []
        return labels.classes, notes
    if listing.tables and not any(layout.classes):
        return layout.classes, [f"{listing.tables[0]} lies beside the images: it may name labels."]
    return layout.classes, []


def _split(
    layout: Layout, classes: Sequence[str | None], kept: list[int], labels: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    if layout.test is not None:
        split = np.array(layout.test, dtype=np.int8)[kept]
        if 0 < split.sum() < len(split):
            return split, []
    # Drawn over all files, so that one that cannot be read today does not move the others.
    split = hold_out(number_classes(classes)[0])[kept]
    if not 0 < split.sum() < len(split):
        split = hold_out(labels)
    held_out = int((split == HELD_OUT).sum())
    return split, [
        f"No test folder: {held_out} of {len(split)} images are held out by a fixed draw."
    ]


def _split_clips(
    sequence: np.ndarray, frame: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    split = hold_out_clips(sequence, frame, labels)
    held_out = int((split == HELD_OUT).sum())
    if len(np.unique(sequence)) == 1:
        return split, [f"No test folder: the last {held_out} of {len(split)} frames are held out."]
    return split, [
        f"No test folder: {held_out} of {len(split)} images are held out by a fixed draw, "
        "whole videos at a time."
    ]


def _depth_notes(pack: Pack) -> list[str]:
    notes = []
    deep, floats = pack.facts["deep_count"], pack.facts["float_count"]
    percentiles = f"from the {LOW_PERCENTILE} to the {HIGH_PERCENTILE} percentile"
    if deep:
        low, high = pack.facts["depth_range"]
        subject = "1 image is" if deep == 1 else f"{deep} images are"
        notes.append(f"{subject} 16-bit: scaled {percentiles} ({low} to {high}).")
    if floats:
        subject = "1 image holds" if floats == 1 else f"{floats} images hold"
        notes.append(f"{subject} more than 16 bits: each scaled {percentiles} of its own.")
    return notes


def _check_readable(place: Path, unreadable: list[list[str]], readable: int) -> None:
    if readable >= FEWEST:
        return
    path, reason = unreadable[0]
    subject = "None" if readable == 0 else "Only one"
    raise DataError(
        f"{subject} of the {readable + len(unreadable)} images in {place} can be read; "
        f"{path}: {reason}",
        "Check how these files were made or copied.",
    )


def _too_few(place: Path, listing: Listing) -> DataError:
    if listing.entries:
        return DataError(
            f"{place} holds only one image; a set needs at least {FEWEST}.",
            "Add images, or choose another folder.",
        )
    if listing.others:
        return DataError(
            f"None of the {listing.others} files in {place} is an image."
            if listing.others > 1
            else f"The only file in {place} is not an image.",
            " ".join((*listing.notes, f"Images are {READABLE} files.")),
        )
    return DataError(f"{place} is empty.", f"Put {READABLE} files into it, or choose another.")
