"""A map of embeddings as a table or as a picture."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from sslstudio.services.embedding import Embeddings
from sslstudio.services.files import write_atomically

PICTURE_SIDE = 1600
MARGIN = 60
RADIUS = 4
# Okabe & Ito's colour-blind-safe palette, then darker and lighter relatives.
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6BB1", "#4D4D4D",
    "#B5A300", "#7A9A01",
)  # fmt: skip
UNLABELLED = "#8894A5"
SPLIT_NAMES = ("train", "test")


def write_map_table(file: Path, points: npt.NDArray[np.float32], embeddings: Embeddings) -> None:
    """Write a CSV file with the columns index, path, label, split, x, y."""

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(["index", "path", "label", "split", "x", "y"])
            words = embeddings.label_words()
            for index, (x, y) in enumerate(points):
                split = SPLIT_NAMES[int(embeddings.split[index])]
                table.writerow(
                    [index, embeddings.paths[index], words[index], split, f"{x:.6g}", f"{y:.6g}"]
                )

    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, write)


def draw_map(file: Path, points: npt.NDArray[np.float32], embeddings: Embeddings) -> None:
    """Write a picture of the map, coloured by class, with a legend."""
    canvas = Image.new("RGB", (PICTURE_SIDE, PICTURE_SIDE), "white")
    pen = ImageDraw.Draw(canvas, "RGBA")
    for (x, y), label in zip(_placed(points), embeddings.labels, strict=True):
        box = (x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)
        pen.ellipse(box, fill=_colour(int(label)) + "B0")
    for index, name in enumerate(embeddings.class_names[: len(PALETTE)]):
        top = PICTURE_SIDE - MARGIN - 26 * (min(len(PALETTE), len(embeddings.class_names)) - index)
        pen.ellipse((20, top + 6, 32, top + 18), fill=_colour(index))
        pen.text((42, top), name, fill="#1B2430", font_size=20)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, lambda temporary: canvas.save(temporary, format="PNG"))


def _placed(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (PICTURE_SIDE - 2 * MARGIN) / max(1e-9, float((high - low).max()))
    centred = (points - (low + high) / 2) * scale
    upright = np.array([1.0, -1.0], dtype=np.float32)
    placed: npt.NDArray[np.float32] = (centred * upright + PICTURE_SIDE / 2).astype(np.float32)
    return placed


def _colour(label: int) -> str:
    return UNLABELLED if label < 0 else PALETTE[label % len(PALETTE)]
