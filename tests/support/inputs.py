"""Images of every kind that a user may have, and places that are no set of images."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.services.datasets.files import BLUE, encoded, save_noise, save_plain, zip_folder

READABLE, UNREADABLE = 10, 2
LARGEST_HONEST_ZIP = 1_000_000
"""What a test sets the size to from which an archive's ratio counts."""


def every_kind_of_picture(folder: Path) -> Path:
    """Return a folder with ten pictures of all kinds, two files that are none, and a letter."""
    noise = Image.open(save_noise(folder / "photo.jpg", 1))
    noise.convert("CMYK").save(folder / "ink.jpg")
    noise.quantize(16).save(folder / "palette.png")
    noise.convert("L").save(folder / "grey.png")
    deep = np.linspace(100, 40_000, 48 * 64).reshape(48, 64).astype(np.uint16)
    Image.fromarray(deep).save(folder / "deep.png")
    tags = Image.Exif()
    tags[0x0112] = 6
    noise.save(folder / "turned.jpg", exif=tags)
    noise.convert("RGBA").save(folder / "clear.png")
    noise.save(folder / "film.gif", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    save_plain(folder / "日本語 🦊 größe.png", BLUE)
    long = folder.joinpath(*["long-" + "x" * 150] * 4)
    save_plain(long / "deep in there.png")
    (folder / "broken.jpg").write_bytes((folder / "photo.jpg").read_bytes()[:900])
    (folder / "empty.png").touch()
    (folder / "letter.txt").write_text("Dear Sir")
    return folder


def empty(place: Path) -> None:
    place.mkdir()


def one_image(place: Path) -> None:
    save_plain(place / "a.png")


def no_image(place: Path) -> None:
    place.mkdir()
    (place / "a.txt").write_text("x")


def broken_images(place: Path) -> None:
    place.mkdir()
    for name in ("a.png", "b.png"):
        (place / name).write_bytes(b"no picture")


def cut_zip(place: Path) -> None:
    for number in range(9):
        save_noise(place.with_name("s") / f"{number}.png", number)
    zip_folder(place.with_name("s"), place)
    place.write_bytes(place.read_bytes()[:-2000])


def climbing_zip(place: Path) -> None:
    with zipfile.ZipFile(place, "w") as out:
        out.writestr("a.png", encoded(Image.new("L", (4, 4))))
        out.writestr("../../b.png", encoded(Image.new("L", (4, 4))))


def inflating_zip(place: Path) -> None:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as out:
        for name in ("a.bmp", "b.bmp"):
            out.writestr(name, bytes(2 * LARGEST_HONEST_ZIP))


REFUSED = [
    pytest.param("gone", lambda _place: None, "no folder or archive", id="missing"),
    pytest.param("empty", empty, "is empty", id="empty"),
    pytest.param("one", one_image, "only one image", id="one image"),
    pytest.param("none", no_image, "is not an image", id="no image"),
    pytest.param("broken", broken_images, "None of the 2 images", id="unreadable"),
    pytest.param("cut.zip", cut_zip, "cut off or damaged", id="truncated zip"),
    pytest.param("out.zip", climbing_zip, "leads out of it", id="climbing zip"),
    pytest.param("bomb.zip", inflating_zip, "unfolds to", id="inflating zip"),
]
