"""Builders of real image files for the tests."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets import ImageSet, open_images

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def save_plain(place: Path, colour=RED, size=(12, 10), **options) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(place, **options)
    return place


def save_noise(place: Path, seed=0, size=(64, 48)) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(place)
    return place


def encoded(picture: Image.Image, kind="PNG", **options) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def zip_folder(folder: Path, archive: Path, prefix="") -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for place in sorted(folder.rglob("*")):
            if place.is_file():
                out.write(place, prefix + place.relative_to(folder).as_posix())
    return archive


def class_folders(root: Path, counts: dict[str, int]) -> Path:
    for seed, (name, count) in enumerate(counts.items()):
        for number in range(count):
            save_noise(root / name / f"{number:03d}.png", seed * 1000 + number, (9, 9))
    return root


def opened(source: Path | str, cache: Path, size=8, **settings) -> ImageSet:
    return open_images(DataSpec(source=str(source), size=size, **settings), cache=cache)


def centre(images: ImageSet, path: str) -> tuple[int, ...]:
    row = images.images[images.paths.index(path)]
    return tuple(int(value) for value in row[:, row.shape[1] // 2, row.shape[2] // 2])
