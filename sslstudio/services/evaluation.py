"""Scores of an encoder beside the same encoder untrained, raw pixels and their components.

kNN: weighted vote of the 20 nearest training images by cosine, temperature .07 (Wu et al. 2018,
arXiv:1805.01978, section 3.4, with DINO's k). Linear: multinomial logistic regression on
standardised features; its l2 penalty is chosen on a tenth of the training images, never on the
held-out ones (Chen et al. 2020, appendix B.6, with fewer penalties).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.errors import DataError
from sslstudio.engine.linear_probe import probe_accuracy
from sslstudio.engine.neighbours import knn_accuracy
from sslstudio.services.datasets import ImageSet
from sslstudio.services.encoders import TrainedEncoder, fitted, random_twin

Protocol = Literal["knn", "linear"]
PROTOCOLS: tuple[Protocol, ...] = ("knn", "linear")
NEIGHBOURS = 20
TEMPERATURE = 0.07
SETTLING = 5000
"""Images that settle the untrained encoder's batch norm."""
PCA = {"dims": 64, "side": 16}
"""Of images averaged down to 16 px: a second instead of ten, for .01 less on `shapes`."""
Floats = npt.NDArray[np.float32]
Report = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A share of right answers on the held-out images, with its 95 % interval."""

    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An encoder beside what it must beat."""

    protocol: Protocol
    trained: Score
    random_encoder: Score
    raw_pixels: Score
    pca: Score
    train_images: int
    test_images: int
    classes: int


def evaluate(
    trained: TrainedEncoder,
    images: ImageSet,
    catalog: Catalog,
    protocol: Protocol,
    *,
    report: Report = lambda _done, _total, _words: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Evaluation:
    """Return the scores by a protocol; DataError if the images have no labels."""
    rows, held_out = _labelled(images)
    rivals: tuple[tuple[str, Callable[[], TrainedEncoder | None]], ...] = (
        ("this encoder", lambda: trained),
        (
            "the untrained encoder",
            lambda: random_twin(trained, catalog, images.images[rows][:SETTLING]),
        ),
        ("raw pixels", lambda: None),
        (
            "principal components",
            lambda: fitted("pca", PCA, trained, catalog, images.images[rows]),
        ),
    )
    labels = torch.from_numpy(images.labels)
    scores: list[Score] = []
    for position, (name, make) in enumerate(rivals):
        report(position, len(rivals), f"Scoring {name}")
        encoder = make()
        bank, queries = (
            _features(encoder, images.images[chosen], cancelled) for chosen in (rows, held_out)
        )
        scores.append(
            _score(
                protocol, (bank, labels[rows]), (queries, labels[held_out]), trained.compute.device
            )
        )
    report(len(rivals), len(rivals), "Done")
    return Evaluation(
        protocol=protocol,
        trained=scores[0],
        random_encoder=scores[1],
        raw_pixels=scores[2],
        pca=scores[3],
        train_images=len(rows),
        test_images=len(held_out),
        classes=len(images.class_names),
    )


def interval(right: float, count: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share of right answers (Wilson 1927)."""
    z = 1.959964
    centre = (right + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(right * (1 - right) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return max(0.0, centre - half), min(1.0, centre + half)


def _labelled(images: ImageSet) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    train, held_out = (
        np.asarray(rows, dtype=np.int64)
        for rows in (images.train_indices(), images.held_out_indices())
    )
    train, held_out = (rows[images.labels[rows] >= 0] for rows in (train, held_out))
    if len(train) == 0 or len(held_out) == 0:
        raise DataError(
            f"{images.name} has no labels, so accuracy cannot be measured.",
            "Give class folders or a CSV of labels, or look at the map and the neighbours instead.",
        )
    if len(np.unique(images.labels[train])) == 1:
        raise DataError(
            f"All labelled images of {images.name} are of one class: every encoder would be right.",
            "Give labels of at least two classes, or look at the map and the neighbours instead.",
        )
    return train, held_out


def _features(
    encoder: TrainedEncoder | None,
    images: npt.NDArray[np.uint8],
    cancelled: Callable[[], bool],
) -> Tensor:
    if encoder is None:
        return torch.from_numpy(np.ascontiguousarray(images)).flatten(1).float().div_(255.0)
    return torch.from_numpy(encoder.embed(images, cancelled=cancelled))


def _score(
    protocol: Protocol, bank: tuple[Tensor, Tensor], queries: tuple[Tensor, Tensor], device: str
) -> Score:
    tensors = [tensor.to(device) for tensor in (*bank, *queries)]
    if protocol == "knn":
        right = knn_accuracy(*tensors, k=NEIGHBOURS, temperature=TEMPERATURE)
    else:
        right = probe_accuracy(*tensors)
    low, high = interval(right, len(queries[1]))
    return Score(accuracy=right, low=low, high=high)
