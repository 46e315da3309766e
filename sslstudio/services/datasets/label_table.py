"""Labels of images from a table with the columns path and label."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets.image_set import Files

PATH_COLUMNS: Final = frozenset(
    {"path", "file", "filename", "file_name", "filepath", "image", "image_path", "name", "id"}
)
LABEL_COLUMNS: Final = frozenset({"label", "class", "class_name", "category", "target", "species"})


@dataclass(frozen=True, slots=True)
class TableLabels:
    """The class that a table names for each image, None where it names none."""

    classes: tuple[str | None, ...]
    matched: int


def read_table(table: str, source: Path, files: Files) -> str:
    """Return the text of a table named by its own path or by its path inside the source."""
    for place in (Path(table).expanduser(), source / table):
        if place.is_file():
            return _text(table, place.read_bytes())
    try:
        return _text(table, files.read(Path(table).as_posix()))
    except DataError as error:
        raise DataError(
            f"There is no table of labels at {table}.",
            "Choose a CSV file with the columns path and label.",
        ) from error


def match_table(table: str, text: str, paths: Sequence[str]) -> TableLabels:
    """Return the class of each image by its path, its file name or that without its suffix."""
    rows = [row for row in csv.reader(text.splitlines(), _dialect(text)) if any(row)]
    keys = _keys(paths)
    path_column, label_column, start = _columns(table, rows, keys)
    classes: list[str | None] = [None] * len(paths)
    for row in rows[start:]:
        if max(path_column, label_column) < len(row):
            index = keys.get(_normal(row[path_column]))
            if index is not None:
                classes[index] = row[label_column].strip() or None
    matched = sum(name is not None for name in classes)
    if not matched:
        example = rows[start][path_column] if len(rows) > start else "nothing"
        raise DataError(
            f"No row of {table} names one of the images; its first path is {example!r}, the first "
            f"image is {paths[0]!r}.",
            "Give paths relative to the folder, or plain file names.",
        )
    return TableLabels(tuple(classes), matched)


def _text(table: str, content: bytes) -> str:
    for encoding in (
        ("utf-8-sig", "utf-16")
        if content[:2] in {b"\xff\xfe", b"\xfe\xff"}
        else (
            "utf-8-sig",
            "cp1252",
        )
    ):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"The table {table} is not text.", "Save it as CSV in UTF-8.")


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.splitlines()[0] if text.strip() else ""

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Found


def _columns(table: str, rows: list[list[str]], keys: dict[str, int]) -> tuple[int, int, int]:
    if not rows:
        raise DataError(f"The table {table} is empty.", "It needs the columns path and label.")
    header = [cell.strip().lower() for cell in rows[0]]
    paths = [column for column, name in enumerate(header) if name in PATH_COLUMNS]
    labels = [column for column, name in enumerate(header) if name in LABEL_COLUMNS]
    if paths and labels:
        return paths[0], labels[0], 1
    if len(header) >= 2 and any(row and _normal(row[0]) in keys for row in rows):
        return 0, 1, 0
    shown = ", ".join(cell.strip() for cell in rows[0][:6])
    raise DataError(
        f"The table {table} has no columns path and label; its first line is: {shown}.",
        "Name the columns path and label in its first line.",
    )


def _keys(paths: Sequence[str]) -> dict[str, int]:
    normal = [_normal(path) for path in paths]
    names = [PurePosixPath(path).name for path in normal]
    stems = [PurePosixPath(path).stem for path in normal]
    keys: dict[str, int] = {}
    for short in (stems, names):
        counts = Counter(short)
        # A name that occurs in two folders says nothing about which one is meant.
        keys.update({name: index for index, name in enumerate(short) if counts[name] == 1})
    keys.update({path: index for index, path in enumerate(normal)})
    return keys


def _normal(path: str) -> str:
    text = unicodedata.normalize("NFC", path.strip().replace("\\", "/"))
    return text.removeprefix("./")
