"""Opens a source of images, whatever it is."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import platformdirs

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets import digits, shapes, torchvision_sets
from sslstudio.services.datasets.collection import Maker, open_collection
from sslstudio.services.datasets.file_source import open_place
from sslstudio.services.datasets.image_set import (
    ImageSet,
    Watch,
    never_cancelled,
    no_progress,
)
from sslstudio.services.datasets.pack import PackStore


def known_sources() -> tuple[str, ...]:
    """Return the names of the data sets that need no files of the user's."""
    return ("shapes", "shapes-upright", "digits", "shapes-video", *torchvision_sets.DOWNLOADABLE)


def open_images(
    data: DataSpec,
    *,
    progress: Callable[[int, int], None] = no_progress,
    cancelled: Callable[[], bool] = never_cancelled,
    cache: Path | None = None,
) -> ImageSet:
    """Return the images of a recipe's source at its working resolution.

    The first time they are decoded, on all cores; then they are mapped from `cache` (the user's
    cache folder by default). DataError says what is wrong with the source.
    """
    watch = Watch(progress=progress, cancelled=cancelled)
    root = cache or Path(platformdirs.user_cache_dir("sslstudio"))
    store = PackStore(root / "images")
    name = data.source.strip()
    if name.lower() in known_sources():
        return open_collection(_maker(name.lower(), root / "downloads"), data, store, watch)
    return open_place(find_place(name), data, store, watch)


def find_place(source: str) -> Path:
    """Return the absolute path that a source names; DataError if there is nothing."""
    if not source:
        raise DataError("No source of images is given.", _offer())
    place = Path(source).expanduser()
    try:
        if place.exists():
            return place.resolve()
    except (OSError, ValueError):
        # A name too long for a path, or a loop of links: there is nothing at it.
        pass
    if "/" in source or "\\" in source:
        raise DataError(
            f"There is no folder or archive at {source}.",
            "If it was moved, choose its new place.",
        )
    close = difflib.get_close_matches(source.lower(), known_sources(), n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    raise DataError(f"There is no folder, archive or data set named {source!r}.", guess + _offer())


def _offer() -> str:
    return f"Give a folder, a .zip, or one of: {', '.join(known_sources())}."


def _maker(name: str, downloads: Path) -> Maker:
    if name == "digits":
        return Maker(source=name, name=name, version=digits.VERSION, make=digits.make_digits)
    if name in torchvision_sets.DOWNLOADABLE:
        return Maker(
            source=name,
            name=torchvision_sets.DOWNLOADABLE[name].title,
            version=torchvision_sets.VERSION,
            make=partial(torchvision_sets.make_downloadable, name, downloads),
        )
    if name == "shapes-video":
        return Maker(source=name, name=name, version=shapes.VERSION, make=shapes.make_shapes_video)
    return Maker(
        source=name,
        name=name,
        version=shapes.VERSION,
        make=partial(shapes.make_shapes, upright=name == "shapes-upright"),
    )
