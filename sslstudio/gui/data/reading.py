"""The work of the Data page's threads, as plain functions that hand back values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from PySide6.QtGui import QImage

from sslstudio.domain.recipe import DataSpec
from sslstudio.gui.jobs import Cancelled, Progress
from sslstudio.services.datasets import ImageSet, open_images, read_picture
from sslstudio.services.places import cache_folder

LARGEST_SHOWN = 512
"""Longest side, in pixels, of an original that is handed to the window."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Images and what was asked for to get them."""

    images: ImageSet
    data: DataSpec


@dataclass(frozen=True, slots=True)
class Original:
    """An image as it lies in its file, with its number in the set and its true size."""

    row: int
    picture: QImage
    size: tuple[int, int]


def read_images(data: DataSpec, progress: Progress, cancelled: Cancelled) -> Opened:
    """Return the images of a source; StudioError with a sentence if they cannot be read."""

    def report(done: int, total: int) -> None:
        progress(done, total, f"Reading images {done:,} of {total:,}")

    images = open_images(data, progress=report, cancelled=cancelled, cache=cache_folder())
    return Opened(images, data)


def read_original(images: ImageSet, row: int) -> Original:
    """Return an image of the set from its file; DataError if that has gone."""
    whole = read_picture(images, row)
    size = whole.size
    whole.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN), Image.Resampling.LANCZOS)
    pixels = np.ascontiguousarray(np.asarray(whole.convert("RGB")))
    height, width = pixels.shape[:2]
    kind = QImage.Format.Format_RGB888
    return Original(row, QImage(pixels.data, width, height, 3 * width, kind).copy(), size)
