"""Pictures that a run wrote for the Train page: a pair of views, or what the model answers.

A `Shown` event names an .npz file in the run folder; every array in it is uint8:
`view_a`, `view_b`   two views of one image  # (height, width, 3)
any other key        a row of pictures, the key is its caption  # (pictures, height, width, 3)
The order of the rows is that of the event's `captions`; its `rows` say what each is about and which
of its pictures are right, its `numbers` what holds for a pair (`cosine`, `hardest_negative`) or for
all images of a gallery. Grey pictures may have a last axis of length 1.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sslstudio.domain.errors import InputError
from sslstudio.domain.events import RowGroup, Shown, ShownRow

Picture = NDArray[np.uint8]
Arrays = dict[str, NDArray[np.generic]]

VIEWS = ("view_a", "view_b")
BROKEN = (OSError, EOFError, ValueError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error)
"""What numpy says of a file that is missing, empty, cut short, garbled or something else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of pictures and what they are."""

    caption: str
    pictures: tuple[Picture, ...]  # each (height, width, 3)
    group: RowGroup = "answers"
    marks: tuple[bool | None, ...] = ()
    """Right, wrong or neither, picture by picture; empty where nothing is right or wrong."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What one file shows."""

    step: int = 0
    pair: tuple[Picture, Picture] | None = None  # each (height, width, 3)
    cosine: float | None = None
    hardest_negative: float | None = None
    answers: tuple[Answer, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[RowGroup, ...]:
        """What the rows are about, in order."""
        return tuple(dict.fromkeys(answer.group for answer in self.answers))


def read_exhibit(folder: Path, shown: Shown) -> Exhibit:
    """Return the pictures of an event; InputError if the file is missing or not such a file."""
    path = folder / shown.path
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays: Arrays = {name: content[name] for name in content.files}
    except BROKEN as error:
        raise InputError(
            f"The pictures of step {shown.step:,} cannot be read ({path.name}).",
            "The next ones appear when they are written.",
        ) from error
    return Exhibit(
        step=shown.step,
        pair=_pair(arrays, path),
        cosine=shown.numbers.get("cosine"),
        hardest_negative=shown.numbers.get("hardest_negative"),
        answers=_answers(arrays, shown, path),
        numbers=shown.numbers,
    )


def _pair(arrays: Arrays, path: Path) -> tuple[Picture, Picture] | None:
    if not all(name in arrays for name in VIEWS):
        return None
    first, second = (_coloured(arrays[name], name, path) for name in VIEWS)
    return first, second


def _answers(arrays: Arrays, shown: Shown, path: Path) -> tuple[Answer, ...]:
    known = {row.caption: row for row in shown.rows}
    names = [name for name in (*shown.captions, *arrays) if name in arrays and name not in VIEWS]
    return tuple(
        _answer(known.get(name, ShownRow(caption=name)), arrays[name], path)
        for name in dict.fromkeys(names)
    )


def _answer(row: ShownRow, pictures: NDArray[np.generic], path: Path) -> Answer:
    # A number alone is no row; as the only picture of one it is refused with a sentence.
    shown = pictures if pictures.ndim else pictures[None]
    coloured = tuple(_coloured(picture, row.caption, path) for picture in shown)
    return Answer(row.caption, coloured, row.group, row.marks)


def _coloured(picture: NDArray[np.generic], name: str, path: Path) -> Picture:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in {1, 3}:
        raise InputError(
            f"{path.name}: {name} is not a picture "
            f"(it is {picture.dtype} with the shape {picture.shape}).",
            "A picture is uint8 with the shape (height, width, 3).",
        )
    return np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3)), dtype=np.uint8)
