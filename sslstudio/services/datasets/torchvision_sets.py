"""Data sets that torchvision can download, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from sslstudio.domain.errors import DataError
from sslstudio.services.datasets.collection import Collection
from sslstudio.services.datasets.image_set import HELD_OUT, Watch

VERSION: Final = "1"


@dataclass(frozen=True, slots=True)
class Downloadable:
    """A data set by its title, torchvision's class and how its two parts are asked for."""

    title: str
    class_name: str
    train: Mapping[str, Any]
    test: Mapping[str, Any]


_BY_FLAG: Final = ({"train": True}, {"train": False})
_BY_SPLIT: Final = ({"split": "train"}, {"split": "test"})

DOWNLOADABLE: Final[Mapping[str, Downloadable]] = MappingProxyType(
    {
        "cifar10": Downloadable("CIFAR-10", "CIFAR10", *_BY_FLAG),
        "cifar100": Downloadable("CIFAR-100", "CIFAR100", *_BY_FLAG),
        "stl10": Downloadable("STL-10", "STL10", {"split": "train+unlabeled"}, {"split": "test"}),
        "svhn": Downloadable("SVHN", "SVHN", *_BY_SPLIT),
        "mnist": Downloadable("MNIST", "MNIST", *_BY_FLAG),
        "fashion-mnist": Downloadable("Fashion-MNIST", "FashionMNIST", *_BY_FLAG),
    }
)


def make_downloadable(name: str, folder: Path, watch: Watch) -> Collection:
    """Return a data set from `folder`, downloaded into it the first time."""
    from torchvision import datasets

    entry = DOWNLOADABLE[name]
    load: Callable[..., Any] = getattr(datasets, entry.class_name)
    watch.check()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parts = [
            load(root=str(folder), download=True, **part) for part in (entry.train, entry.test)
        ]
    except (OSError, RuntimeError, EOFError) as error:
        raise DataError(
            f"{entry.title} cannot be downloaded to {folder} ({error}).",
            "Check the network connection, or choose a folder of images instead.",
        ) from error
    watch.check()
    return join_parts(parts[0], parts[1])


def join_parts(train: Any, test: Any) -> Collection:
    """Return the two parts of one of torchvision's data sets as a collection."""
    images = np.concatenate([_images(train), _images(test)])
    labels = np.concatenate([_labels(train), _labels(test)])
    split = np.zeros(len(images), dtype=np.int8)
    split[len(train.data) :] = HELD_OUT
    return Collection(
        images=images, labels=labels, class_names=_class_names(train, labels), split=split
    )


def _images(part: Any) -> np.ndarray:
    pixels = np.asarray(part.data)
    if pixels.ndim == 3:
        return pixels[:, None]
    if pixels.shape[-1] == 3:
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    return pixels


def _labels(part: Any) -> np.ndarray:
    known = part.targets if hasattr(part, "targets") else part.labels
    return np.asarray(known).astype(np.int64)


def _class_names(part: Any, labels: np.ndarray) -> tuple[str, ...]:
    named: Sequence[str] | None = getattr(part, "classes", None)
    if named is not None:
        return tuple(named)
    return tuple(str(number) for number in range(int(labels.max()) + 1))
