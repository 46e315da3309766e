"""What a model sorts together: its clusters or prototypes, or the nearest neighbours of images."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.domain.events import RowGroup, ShownRow
from sslstudio.engine.neighbours import nearest

SHOWN_CLUSTERS: Final = 5
SHOWN_MEMBERS: Final = 8
QUERIES: Final = 5
NEIGHBOURS: Final = 5
NAMES: Final[dict[RowGroup, str]] = {"clusters": "Cluster", "prototypes": "Prototype"}


@dataclass(frozen=True, slots=True)
class GalleryRow:
    """A row of images, as numbers among those that the gallery was made of."""

    row: ShownRow
    images: Tensor  # (shown,)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Rows of images that belong together, and what holds for all of them."""

    rows: tuple[GalleryRow, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sorting:
    """Which cluster each image is in, and its class, -1 where unknown  # each (images,)."""

    clusters: Tensor
    labels: Tensor

    def largest(self, count: int) -> list[int]:
        """Return the largest clusters, the largest first; of equal ones the lower number."""
        numbers, sizes = self.clusters.unique(return_counts=True)
        order = sizes.argsort(descending=True, stable=True)[:count]
        return [int(number) for number in numbers[order].tolist()]

    def members(self, cluster: int) -> Tensor:
        """Return the images of a cluster  # (members,)."""
        return (self.clusters == cluster).nonzero().flatten()

    def purity(self) -> float:
        """Return the share of labelled images in their cluster's commonest class, else NaN.

        Manning, Raghavan & Schuetze 2008, Introduction to information retrieval, section 16.3.
        """
        known = self.labels >= 0
        clusters, labels = self.clusters[known], self.labels[known]
        if not len(labels):
            return math.nan
        classes = int(labels.max()) + 1
        pairs, counts = (clusters * classes + labels).unique(return_counts=True)
        best = counts.new_zeros(int(clusters.max()) + 1)
        best.scatter_reduce_(0, pairs // classes, counts, reduce="amax")
        return float(best.sum()) / len(labels)

    def numbers(self) -> dict[str, float]:
        """Return how many clusters hold how many images, how evenly, and their purity."""
        sizes = self.clusters.unique(return_counts=True)[1].double()
        entropy = float(torch.special.entr(sizes / sizes.sum()).sum())
        return {
            "sorted images": float(len(self.clusters)),
            "used clusters": float(len(sizes)),
            "cluster entropy": entropy,
            "purity": self.purity(),
        }


def cluster_gallery(sorting: Sorting, order: dict[int, Tensor], group: RowGroup) -> Gallery:
    """Return the clusters of `order`, each with its first images and what it holds.

    `order` has the images of some clusters, the most typical first.
    """
    rows = []
    for cluster, images in order.items():
        labels = sorting.labels[sorting.members(cluster)]
        words = [f"{NAMES[group]} {cluster + 1}", f"{len(labels):,} images"]
        known = labels[labels >= 0]
        if len(known):
            share = int(known.bincount().max()) / len(known)
            words.append(f"{100 * share:.0f} % of one class")
        row = ShownRow(caption=", ".join(words), group=group)
        rows.append(GalleryRow(row, images[:SHOWN_MEMBERS]))
    return Gallery(tuple(rows), sorting.numbers())


def prototype_gallery(scores: Tensor, labels: Tensor) -> Gallery:
    """Return the prototypes with most images, each with the images that it fits best.

    Args:
        scores: how well each prototype fits each image  # (images, prototypes)
        labels: the images' classes, -1 where unknown  # (images,)
    """
    best = scores.max(dim=1)
    sorting = Sorting(best.indices, labels)
    order = {}
    for prototype in sorting.largest(SHOWN_CLUSTERS):
        members = sorting.members(prototype)
        order[prototype] = members[best.values[members].argsort(descending=True, stable=True)]
    return cluster_gallery(sorting, order, "prototypes")


def typical_first(embeddings: Tensor) -> Tensor:
    """Return the order of a cluster's embeddings by their cosine to its mean  # (n, d) -> (n,)."""
    unit = F.normalize(embeddings.float(), dim=1)
    cosines = unit @ F.normalize(unit.mean(dim=0), dim=0)
    return cosines.argsort(descending=True, stable=True)


def neighbour_gallery(embeddings: Tensor, labels: Tensor) -> Gallery:
    """Return a few images of different classes, each followed by its nearest neighbours.

    Args:
        embeddings: of all images that may be neighbours  # (images, dim)
        labels: their classes, -1 where unknown  # (images,)
    """
    _, found = nearest(embeddings, embeddings, NEIGHBOURS + 1)
    own = torch.arange(len(embeddings), device=found.device)[:, None]
    # An image's twin may come before itself: what is left out is the image, not the first.
    kept = (found != own).long().argsort(dim=1, descending=True, stable=True)
    near = found.gather(1, kept)[:, : found.shape[1] - 1]  # (images, neighbours)
    alike = (labels[near] == labels[:, None]) & (labels[:, None] >= 0) & (labels[near] >= 0)
    rows = []
    for number, query in enumerate(_of_different_classes(labels)):
        caption, marks = f"Image {number + 1}, then its {near.shape[1]} nearest", ()
        if int(labels[query]) >= 0:
            hits = alike[query].tolist()
            caption += f": {sum(hits)} of its class"
            marks = (None, *hits)
        row = ShownRow(caption=caption, group="neighbours", marks=marks)
        rows.append(GalleryRow(row, torch.cat([own[query], near[query]])))
    known = labels >= 0
    share = float(alike[known].float().mean()) if bool(known.any()) else math.nan
    numbers = {"sorted images": float(len(labels)), "neighbours alike": share}
    return Gallery(tuple(rows), numbers)


def _of_different_classes(labels: Tensor) -> list[int]:
    """Return a few images: the first of each class, then the first of all."""
    first: dict[int, int] = {}
    for number, label in enumerate(labels.tolist()):
        if label >= 0:
            first.setdefault(label, number)
    rest = [number for number in range(len(labels)) if number not in first.values()]
    return [*first.values(), *rest][:QUERIES]
