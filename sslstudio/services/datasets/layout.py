"""What the folder names of a set of images say: classes, and which part is the test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sslstudio.services.datasets.image_set import HELD_OUT

HELD_OUT_SHARE: Final = 0.2
_SEED: Final = 20200429

TRAIN_NAMES: Final = frozenset({"train", "training"})
TEST_NAMES: Final = frozenset(
    {"test", "testing", "val", "valid", "validation", "held-out", "holdout"}
)
UNLABELLED_NAMES: Final = frozenset({"unlabeled", "unlabelled"})


@dataclass(frozen=True, slots=True)
class Layout:
    """What the paths say about each image, in the same order."""

    classes: tuple[str | None, ...]
    test: tuple[bool, ...] | None
    """None if the folders do not say which images are the test."""
    chosen: tuple[int, ...]
    """Positions of the images that belong to the set."""


def read_layout(paths: Sequence[str], *, archive: bool) -> Layout:
    """Return classes and test part by folder names; a single folder around all is looked through.

    Classes are the top-level folders, or those in `train` and `test`. In an archive a single
    top-level folder is always a wrapper; in a folder only if it holds nothing but folders.
    """
    parts = _unwrapped([path.split("/") for path in paths], archive=archive)
    tops = {part[0].lower() for part in parts if len(part) > 1}
    if not (tops & TRAIN_NAMES and tops & TEST_NAMES):
        classes = tuple(_class(part) for part in parts)
        return Layout(classes, None, tuple(range(len(paths))))
    known = TRAIN_NAMES | TEST_NAMES | UNLABELLED_NAMES
    chosen = tuple(
        index for index, part in enumerate(parts) if len(part) > 1 and part[0].lower() in known
    )
    return Layout(
        tuple(_class_below(parts[index]) for index in chosen),
        tuple(parts[index][0].lower() in TEST_NAMES for index in chosen),
        chosen,
    )


def number_classes(classes: Iterable[str | None]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels, -1 for no class, and the names in natural order (2 before 10)."""
    listed = list(classes)
    names = sorted({name for name in listed if name is not None}, key=_natural)
    numbers: dict[str | None, int] = {name: number for number, name in enumerate(names)}
    labels = [numbers.get(name, -1) for name in listed]
    return np.array(labels, dtype=np.int64), tuple(names)


def hold_out(labels: np.ndarray) -> np.ndarray:
    """Return a split that holds out a fifth of every class, at least one image in all.

    The draw is fixed: the same labels in the same order always give the same split.
    """
    # Raw words of the generator, as only those are promised to stay the same for ever.
    draw = np.random.PCG64(_SEED).random_raw(len(labels))
    split = np.zeros(len(labels), dtype=np.int8)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = round(HELD_OUT_SHARE * len(members)) or int(len(members) > 1)
        split[members[np.argsort(draw[members], kind="stable")[:count]]] = HELD_OUT
    if not split.any() and len(labels) > 1:
        count = max(1, round(HELD_OUT_SHARE * len(labels)))
        split[np.argsort(draw, kind="stable")[:count]] = HELD_OUT
    return split


def _unwrapped(parts: list[list[str]], *, archive: bool) -> list[list[str]]:
    if _below_one_folder(parts) and (archive or _holds_folders_only(parts)):
        parts = [part[1:] for part in parts]
    if _below_one_folder(parts) and parts[0][0].lower() in TRAIN_NAMES:
        parts = [part[1:] for part in parts]
    return parts


def _below_one_folder(parts: list[list[str]]) -> bool:
    return all(len(part) > 1 for part in parts) and len({part[0] for part in parts}) == 1


def _holds_folders_only(parts: list[list[str]]) -> bool:
    return all(len(part) > 2 for part in parts) and len({part[1] for part in parts}) > 1


def _class(part: list[str]) -> str | None:
    return part[0] if len(part) > 1 else None


def _class_below(part: list[str]) -> str | None:
    return None if part[0].lower() in UNLABELLED_NAMES else _class(part[1:])


def _natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    pieces = re.findall(r"[0-9]+|[^0-9]+", name)
    numbered = [(p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in pieces]
    return tuple((not is_number, number, text) for is_number, number, text in numbered)
