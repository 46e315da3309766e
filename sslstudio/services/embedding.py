"""Embeddings on disk: one file per run, checkpoint and images, reused by maps and search."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sslstudio.domain.errors import InputError
from sslstudio.services.datasets import ImageSet
from sslstudio.services.encoders import Progress, TrainedEncoder
from sslstudio.services.files import UNREADABLE, write_atomically

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """Vectors of images with what is known about each."""

    vectors: Floats  # (n, dim)
    paths: tuple[str, ...]
    labels: npt.NDArray[np.int64]  # -1 where unknown
    split: npt.NDArray[np.int8]
    class_names: tuple[str, ...]

    def label_words(self) -> list[str]:
        """Return each image's class name; empty where unknown."""
        return [self.class_names[label] if label >= 0 else "" for label in self.labels]


def embed_images(
    trained: TrainedEncoder,
    images: ImageSet,
    *,
    progress: Progress = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Embeddings:
    """Return the embeddings of all images of a set."""
    return _described(trained.embed(images.images, progress=progress, cancelled=cancelled), images)


def _described(vectors: Floats, images: ImageSet) -> Embeddings:
    return Embeddings(
        vectors=vectors,
        paths=images.paths,
        labels=np.asarray(images.labels, dtype=np.int64),
        split=np.asarray(images.split, dtype=np.int8),
        class_names=images.class_names,
    )


def write_embeddings(embeddings: Embeddings, file: Path) -> None:
    """Write an .npz file with `embeddings`, `paths`, `labels`, `split` and `class_names`."""

    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            np.savez(
                stream,
                embeddings=embeddings.vectors,
                paths=np.array(embeddings.paths, dtype=np.str_),
                labels=embeddings.labels,
                split=embeddings.split,
                class_names=np.array(embeddings.class_names, dtype=np.str_),
            )

    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, write)


def read_embeddings(file: Path) -> Embeddings:
    """Return what `write_embeddings` wrote; InputError if the file is something else."""
    try:
        with np.load(file, allow_pickle=False) as content:
            vectors = content["embeddings"].astype(np.float32)
            count = len(vectors)
            names = content["class_names"] if "class_names" in content.files else np.array([])
            split = content["split"] if "split" in content.files else np.zeros(count)
            return Embeddings(
                vectors=vectors,
                paths=tuple(str(path) for path in content["paths"]),
                labels=content["labels"].astype(np.int64),
                split=split.astype(np.int8),
                class_names=tuple(str(name) for name in names),
            )
    except UNREADABLE as error:
        raise InputError(
            f"{file} is not a file of embeddings ({error}).",
            "Write one with `sslstudio embed RUN SRC --out F.npz`.",
        ) from error


def cached_embeddings(
    folder: Path,
    trained: TrainedEncoder,
    images: ImageSet,
    *,
    progress: Progress = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Embeddings:
    """Return the embeddings of a run's checkpoint, computed once and kept in its folder."""
    name = f"step-{trained.step:08d}-{images.fingerprint[:16]}.npz"
    file = folder / "embeddings" / name
    if file.exists():
        # One that a crash or a full disk cut off is made again.
        with suppress(InputError):
            # The pictures are the same, but a table may have given them other labels since.
            return _described(read_embeddings(file).vectors, images)
    embeddings = embed_images(trained, images, progress=progress, cancelled=cancelled)
    write_embeddings(embeddings, file)
    return embeddings
