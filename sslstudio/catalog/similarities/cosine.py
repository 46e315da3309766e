"""The angle between embeddings, lengths ignored (Chen et al. 2020, arXiv:2002.05709, eq. 1).

Departures: none.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import SimilaritySpec
from sslstudio.engine.joint import Similarity
from sslstudio.engine.parts import BuildContext

LEAST: Final = 1e-6
"""Of a squared distance: below lies the rounding of the cosine, which the root would magnify."""


class CosineSpec(SimilaritySpec):
    """Only direction counts; values lie in [-1, 1]."""

    kind: Literal["cosine"] = "cosine"
    is_distance: ClassVar[bool] = True


class Cosine(Similarity):
    """Inner products of unit vectors; a vector of length zero is unlike everything (0)."""

    bounded: ClassVar[bool] = True

    def pairs(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the cosine of each pair of rows  # (n, d), (n, d) -> (n,)."""
        return (F.normalize(first, dim=1) * F.normalize(second, dim=1)).sum(dim=1)

    def matrix(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the cosine of every two rows  # (n, d), (m, d) -> (n, m)."""
        return F.normalize(first, dim=1) @ F.normalize(second, dim=1).T

    def distances(self, similarities: Tensor) -> Tensor:
        """Return the distances of the unit vectors, |a - b|^2 = 2 - 2 cos  # any shape."""
        squared = 2.0 - 2.0 * similarities
        return torch.where(squared > LEAST, squared.clamp_min(LEAST).sqrt(), 0.0)


def build(_spec: CosineSpec, _context: BuildContext) -> Cosine:
    """Return the comparison by angle."""
    return Cosine()


ENTRY = Entry(
    title="Cosine",
    spec=CosineSpec,
    build=build,
    summary="The angle between embeddings; length does not count.",
    citation="Chen et al. 2020, arXiv:2002.05709",
)
