"""Spherical k-means in batched matrix products, on whatever device the points are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Final

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.parts import Anchor

CHUNK: Final = 2048
SEEDING_SAMPLE: Final = 16
"""Points for each cluster among which the first centroids are chosen."""
BALANCED: Final = Anchor(
    term="usage",
    label="balanced",
    value=1.0,
    meaning="All clusters are equally large.",
    kind="bound",
)
"""What `usage` is at best."""

Rounds = Annotated[
    int,
    Range(1, 100),
    Ui("Iterations", "Rounds of k-means before each epoch.", advanced=True),
]
"""A field of objectives that cluster, by the name `iterations`."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """Unit centroids, the cluster of each point, and its cosine to that cluster's centroid."""

    centroids: Tensor  # (clusters, dim)
    assignments: Tensor  # (points,)
    cosines: Tensor  # (points,)


@torch.no_grad()
def spherical_kmeans(
    points: Tensor, clusters: int, generator: torch.Generator, iterations: int = 10
) -> Clustering:
    """Return clusters of unit vectors that maximise the summed cosine to their centroids.

    Lloyd's iterations on the sphere (Dhillon & Modha 2001, doi:10.1023/A:1007612920971) from
    greedy k-means++ seeds; a cluster that runs empty restarts at the point that its own centroid
    explains worst. On a CPU the same generator state gives the same clusters to the bit.
    """
    if not 1 <= clusters <= len(points):
        raise ValueError(f"{len(points)} points cannot form {clusters} clusters.")
    centroids = _seeds(points, clusters, generator)
    current = _assign(points, centroids)
    for _ in range(iterations):
        following = _assign(points, _means(points, current))
        settled = torch.equal(following.assignments, current.assignments)
        current = following
        if settled:
            break
    return current


def usage(assignments: Tensor, clusters: int) -> Tensor:
    """Return exp(entropy of the cluster sizes) / clusters: 1 if all are equally large."""
    shares = torch.bincount(assignments, minlength=clusters).float() / len(assignments)
    entropy: Tensor = torch.special.entr(shares).sum()
    return entropy.exp() / clusters


def mutual_information(first: Tensor, second: Tensor, clusters: int) -> Tensor:
    """Return the normalised mutual information of two clusterings: 1 if one gives the other.

    I(A; B) / sqrt(H(A) H(B)) (Strehl & Ghosh 2002); renumbering clusters does not change it.
    """
    joint = torch.bincount(first * clusters + second, minlength=clusters**2).double()
    joint = joint.view(clusters, clusters) / len(first)
    rows, columns = joint.sum(dim=1), joint.sum(dim=0)
    entropies = [torch.special.entr(shares).sum() for shares in (rows, columns, joint)]
    information = entropies[0] + entropies[1] - entropies[2]
    scale = (entropies[0] * entropies[1]).sqrt().clamp_min(1e-12)
    share: Tensor = (information / scale).clamp(0.0, 1.0).float()
    return share


def cluster_anchors(clusters: int) -> tuple[Anchor, ...]:
    """Return what `loss` is when guessing, and `usage` when clusters are one or balanced."""
    return (
        Anchor(
            term="loss",
            label="ln K",
            value=math.log(clusters),
            meaning="Every cluster looks equally likely.",
            kind="chance",
        ),
        Anchor(
            term="usage",
            label="1 / K",
            value=1 / clusters,
            meaning="All images sit in one cluster.",
            kind="collapse",
        ),
        BALANCED,
    )


def _assign(points: Tensor, centroids: Tensor) -> Clustering:
    best = [(chunk @ centroids.T).max(dim=1) for chunk in points.split(CHUNK)]
    return Clustering(
        centroids,
        torch.cat([found.indices for found in best]),
        torch.cat([found.values for found in best]),
    )


def _means(points: Tensor, current: Clustering) -> Tensor:
    """Return the clusters' mean directions; empty clusters get the worst explained points."""
    clusters = len(current.centroids)
    sums = torch.zeros_like(current.centroids).index_add_(0, current.assignments, points)
    empty = torch.bincount(current.assignments, minlength=clusters) == 0
    worst = current.cosines.argsort(stable=True)[: int(empty.sum())]
    sums[empty] = points[worst]
    return F.normalize(sums, dim=1)


def _seeds(points: Tensor, clusters: int, generator: torch.Generator) -> Tensor:
    """Return greedy k-means++ seeds among a random sample of the points.

    Each seed is drawn several times, in proportion to what the seeds so far leave unexplained
    (Arthur & Vassilvitskii 2007); the draw that leaves least is taken.
    """
    order = torch.randperm(len(points), generator=generator, device=generator.device)
    sample = points[order[: SEEDING_SAMPLE * clusters].to(points.device)]
    tries = 2 + int(math.log(clusters))
    draws = torch.rand(clusters - 1, tries, generator=generator, device=generator.device)
    left = (1.0 - sample @ sample[0]).clamp_min(0.0)
    chosen = [sample[0]]
    for shares in draws.to(points.device):
        candidates = sample[_drawn(left, shares)]
        lefts = torch.minimum(left, (1.0 - candidates @ sample.T).clamp_min(0.0))
        best = lefts.sum(dim=1).argmin()
        left = lefts[best]
        chosen.append(candidates[best])
    return torch.stack(chosen)


def _drawn(weights: Tensor, shares: Tensor) -> Tensor:
    """Return the positions at which the cumulative weight passes these shares of the total."""
    cumulative = weights.cumsum(0)
    positions = torch.searchsorted(cumulative, shares * cumulative[-1], right=True)
    return positions.clamp_max(len(weights) - 1)
