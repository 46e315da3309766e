"""Which images are frames of one video, or of one numbered series, and in which order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from sslstudio.services.datasets.layout import hold_out
from sslstudio.services.datasets.videos import frame_of

HELD_OUT_EVERY: Final = 5
"""Of a single video the last fifth is held out."""
_NUMBERED: Final = re.compile(r"^(.*?)([0-9]+)(\.[^./]*)?$")


def read_sequences(paths: Sequence[str]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return each image's sequence (-1 for none) and its place there; None without any sequence.

    Frames of a video belong together, and so do files of one folder whose names differ in their
    last number only (walk-0001.png, walk-0002.png). A name that stands alone is no sequence.
    """
    members: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, path in enumerate(paths):
        found = _numbered(path)
        if found is not None:
            members[found[0]].append((found[1], index))
    sequence = np.full(len(paths), -1, dtype=np.int64)
    frame = np.zeros(len(paths), dtype=np.int64)
    known = [sorted(group) for group in members.values() if len(group) > 1]
    for number, group in enumerate(known):
        rows = [index for _, index in group]
        sequence[rows] = number
        frame[rows] = np.arange(len(rows))
    return (sequence, frame) if known else None


def hold_out_clips(sequence: np.ndarray, frame: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return a split that holds out whole videos, a fifth of each class.

    A single video gives up its last fifth. Neighbouring frames are nearly alike: held out one by
    one they would be recognised rather than understood.
    """
    alone = sequence < 0
    group = np.where(alone, sequence.max() + 1 + np.arange(len(sequence)), sequence)
    _, first, member = np.unique(group, return_index=True, return_inverse=True)
    if len(first) == 1:
        last = len(frame) - max(1, len(frame) // HELD_OUT_EVERY)
        return (frame >= last).astype(np.int8)
    split: np.ndarray = hold_out(labels[first])[member]
    return split


def _numbered(path: str) -> tuple[str, int] | None:
    frame = frame_of(path)
    if frame is not None:
        return frame
    folder, _, name = path.rpartition("/")
    found = _NUMBERED.match(name)
    if found is None:
        return None
    stem, number, suffix = found.groups()
    return f"{folder}/{stem}*{suffix or ''}", int(number)
