"""The angle between embeddings, lengths ignored (Chen et al. 2020, arXiv:2002.05709, eq. 1)."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import SimilaritySpec
from sslstudio.engine.joint import Similarity
from sslstudio.engine.parts import BuildContext


class CosineSpec(SimilaritySpec):
    """Only direction counts; values lie in [-1, 1]."""

    kind: Literal["cosine"] = "cosine"


class Cosine(Similarity):
    """Inner products of unit vectors; a vector of length zero is unlike everything (0)."""

    bounded: ClassVar[bool] = True

    def pairs(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the cosine of each pair of rows  # (n, d), (n, d) -> (n,)."""
        return (F.normalize(first, dim=1) * F.normalize(second, dim=1)).sum(dim=1)

    def matrix(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the cosine of every two rows  # (n, d), (m, d) -> (n, m)."""
        return F.normalize(first, dim=1) @ F.normalize(second, dim=1).T


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
