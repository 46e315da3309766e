"""The plain inner product, as in CPC (van den Oord et al. 2018, arXiv:1807.03748, eq. 3).

Departures: CPC puts a learned matrix between the two vectors; that is the bilinear similarity.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import SimilaritySpec
from sslstudio.engine.joint import Similarity
from sslstudio.engine.parts import BuildContext


class DotSpec(SimilaritySpec):
    """Direction and length both count; values have no limit."""

    kind: Literal["dot"] = "dot"


class Dot(Similarity):
    """Inner products; the loss has no floor, since longer vectors are always more alike."""

    def pairs(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the product of each pair of rows  # (n, d), (n, d) -> (n,)."""
        return (first * second).sum(dim=1)

    def matrix(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the product of every two rows  # (n, d), (m, d) -> (n, m)."""
        return first @ second.T


def build(_spec: DotSpec, _context: BuildContext) -> Dot:
    """Return the comparison by inner product."""
    return Dot()


ENTRY = Entry(
    title="Dot product",
    spec=DotSpec,
    build=build,
    summary="The inner product; length counts as well as angle.",
    citation="van den Oord et al. 2018, arXiv:1807.03748",
)
