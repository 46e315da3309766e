"""Minus the Euclidean distance, as in siamese networks (Hadsell, Chopra & LeCun 2006, eq. 1).

s(a, b) = -|a - b| for embeddings of any length.

Departures: the distance of two equal embeddings has no gradient.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import SimilaritySpec
from sslstudio.engine.joint import Similarity
from sslstudio.engine.parts import BuildContext

ROUNDING: Final = 1e-6
"""Of a difference of squares, as a share of them; the root would magnify it."""
LEAST: Final = 1e-12


class NegativeEuclideanSpec(SimilaritySpec):
    """The closer two embeddings lie, the more alike they are; values have no lower limit."""

    kind: Literal["negative-euclidean"] = "negative-euclidean"
    is_distance: ClassVar[bool] = True


class NegativeEuclidean(Similarity):
    """Distances with their sign turned; 0 is the largest value."""

    def pairs(self, first: Tensor, second: Tensor) -> Tensor:
        """Return minus the distance of each pair of rows  # (n, d), (n, d) -> (n,)."""
        return -_root((first - second).square().sum(dim=1))

    def matrix(self, first: Tensor, second: Tensor) -> Tensor:
        """Return minus the distance of every two rows  # (n, d), (m, d) -> (n, m)."""
        # Around their mean the points are short, and the difference of squares stays exact.
        mean = second.detach().mean(dim=0)
        first, second = first - mean, second - mean
        lengths = first.square().sum(dim=1, keepdim=True) + second.square().sum(dim=1)
        squared = lengths - 2.0 * first @ second.T
        return -_root(torch.where(squared > ROUNDING * lengths, squared, 0.0))

    def distances(self, similarities: Tensor) -> Tensor:
        """Return the distances themselves  # any shape."""
        return -similarities


def _root(squared: Tensor) -> Tensor:
    # The root's slope at 0 is infinite.
    return torch.where(squared > LEAST, squared.clamp_min(LEAST).sqrt(), 0.0)


def build(_spec: NegativeEuclideanSpec, _context: BuildContext) -> NegativeEuclidean:
    """Return the comparison by distance."""
    return NegativeEuclidean()


ENTRY = Entry(
    title="Negative Euclidean",
    spec=NegativeEuclideanSpec,
    build=build,
    summary="The distance between embeddings, with its sign turned.",
    citation="Hadsell, Chopra & LeCun 2006, doi:10.1109/CVPR.2006.100",
)
