"""Pictures that a run wrote for the Train page: a pair of views, or what the model answers.

The file is an .npz in the run folder, named by a `Shown` event, with these keys:
`view_a`, `view_b`      two views of one image, uint8 (height, width, 3)
`cosine`                their similarity as the loss sees it, a number
`hardest_negative`      the largest similarity to another image of the batch, a number
`answer_0`, `answer_1`  rows of pictures, uint8 (pictures, height, width, 3); the caption of
                        row i is `captions[i]` of the event, and a caption with ` | ` in it
                        gives a line to each picture of the row
Each key may be absent. Grey pictures may leave the last axis out or give it length 1.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sslstudio.domain.errors import InputError

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of pictures and what they are."""

    caption: str
    pictures: tuple[Picture, ...]  # each (height, width, 3)
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What one file shows."""

    view_a: Picture | None = None  # (height, width, 3)
    view_b: Picture | None = None  # (height, width, 3)
    cosine: float | None = None
    hardest_negative: float | None = None
    answers: tuple[Answer, ...] = ()


def read_exhibit(path: Path, captions: tuple[str, ...] = ()) -> Exhibit:
    """Return the pictures in a file; InputError if it is missing or not such a file."""
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"The pictures of this run cannot be read ({path.name}).",
            "The next ones will be shown when they are written.",
        ) from error
    return Exhibit(
        view_a=_picture(arrays, "view_a", path),
        view_b=_picture(arrays, "view_b", path),
        cosine=_number(arrays, "cosine"),
        hardest_negative=_number(arrays, "hardest_negative"),
        answers=_answers(arrays, captions, path),
    )


def _answers(
    arrays: dict[str, NDArray[np.generic]], captions: tuple[str, ...], path: Path
) -> tuple[Answer, ...]:
    rows: list[Answer] = []
    while (name := f"answer_{len(rows)}") in arrays:
        caption = captions[len(rows)] if len(rows) < len(captions) else ""
        title, *labels = [part.strip() for part in caption.split(" | ")]
        stack = arrays[name]
        pictures = tuple(_coloured(picture, name, path) for picture in stack)
        rows.append(Answer(title, pictures, tuple(labels)))
    return tuple(rows)


def _picture(arrays: dict[str, NDArray[np.generic]], name: str, path: Path) -> Picture | None:
    return _coloured(arrays[name], name, path) if name in arrays else None


def _coloured(picture: NDArray[np.generic], name: str, path: Path) -> Picture:
    if picture.ndim == 2:
        picture = picture[:, :, None]
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in {1, 3}:
        raise InputError(
            f"{path.name}: {name} is not a picture "
            f"(it is {picture.dtype} with the shape {picture.shape}).",
            "A picture is uint8 with the shape (height, width, 3).",
        )
    return np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3)), dtype=np.uint8)


def _number(arrays: dict[str, NDArray[np.generic]], name: str) -> float | None:
    return float(arrays[name].item()) if name in arrays and arrays[name].size == 1 else None
