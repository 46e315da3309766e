"""Single pictures: the original of an image in a set, and images from elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets.folder import LARGEST_FILE
from sslstudio.services.datasets.image_set import ImageSet
from sslstudio.services.datasets.picture import decode, eight_bit, from_row, to_row


def read_picture(source: ImageSet, index: int) -> Image.Image:
    """Return an image of the set at its original size, in mode RGB.

    Reads the file again; DataError if it has gone since.
    """
    if source.files is None:
        rows = source.images if source.originals is None else source.originals
        return from_row(rows[index])
    path = source.paths[index]
    try:
        return eight_bit(decode(source.files.read(path)), source.depth_range).convert("RGB")
    except DataError as error:
        raise DataError(
            f"{path} in {source.source} can no longer be read. {error.message}",
            "If the images were moved, choose their new place.",
        ) from error


def read_query(
    picture: str | Path | bytes, data: DataSpec, *, depth_range: tuple[int, int] | None = None
) -> np.ndarray:
    """Return any image as one of a set: uint8 (channels, size, size) at the working resolution.

    16-bit pictures are scaled by `ImageSet.depth_range` if it is given, else by their own
    percentiles. DataError if it is no readable image.
    """
    name = "The picture" if isinstance(picture, bytes) else str(picture)
    try:
        content = picture if isinstance(picture, bytes) else _content(Path(picture).expanduser())
        return to_row(eight_bit(decode(content), depth_range), data)
    except DataError as error:
        raise DataError(
            f"{name} cannot be read as an image. {error.message}", "Choose another file."
        ) from error


def _content(place: Path) -> bytes:
    try:
        if place.stat().st_size > LARGEST_FILE:
            raise DataError(f"It is larger than {LARGEST_FILE // 2**20} MB.")
        return place.read_bytes()
    except FileNotFoundError as error:
        raise DataError("There is no such file.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"The file cannot be opened ({error}).") from error
