"""A set of images that was moved: checks its new place and points the recipe to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets.file_source import list_place
from sslstudio.services.datasets.opening import find_place, known_sources
from sslstudio.services.datasets.videos import file_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentMatch:
    """How many of the expected images lie at a place."""

    expected: int
    found: int
    extra: int
    """Images that were not expected."""
    missing: tuple[str, ...]
    """The first few that are not there."""

    @property
    def complete(self) -> bool:
        """True if every expected image is there, and no other."""
        return self.found == self.expected and self.extra == 0

    @property
    def sentence(self) -> str:
        """Return the finding for a person."""
        text = f"{self.found:,} of {self.expected:,} images are there"
        if self.missing:
            text += f"; {self.missing[0]} is missing"
        if self.extra:
            text += f"; {self.extra:,} are new"
        return f"{text}."


def same_content(expected_paths: Sequence[str], new_source: str) -> ContentMatch:
    """Return how many of `ImageSet.paths` are found below another folder or archive."""
    expected = {file_of(path) for path in expected_paths}
    there = {file_of(entry.path) for entry in list_place(find_place(new_source)).entries}
    missing = sorted(expected - there)
    return ContentMatch(
        expected=len(expected),
        found=len(expected & there),
        extra=len(there - expected),
        missing=tuple(missing[:5]),
    )


def relocate(data: DataSpec, new_source: str) -> DataSpec:
    """Return the data block pointing to a new place, with a table of labels that moved along.

    DataError if there are no images at the new place.
    """
    if new_source.lower() in known_sources():
        return data.model_copy(update={"source": new_source.lower()})
    place = find_place(new_source)
    list_place(place)
    table = _moved_table(data, place)
    return data.model_copy(update={"source": str(place), "labels_csv": table})


def _moved_table(data: DataSpec, place: Path) -> str | None:
    if data.labels_csv is None or Path(data.labels_csv).is_file():
        return data.labels_csv
    old, table = Path(data.source), Path(data.labels_csv)
    moved = place / table.relative_to(old) if table.is_relative_to(old) else place / table.name
    return str(moved) if moved.is_file() else data.labels_csv
