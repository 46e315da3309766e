"""A learned bilinear form, CPC's W (van den Oord et al. 2018, arXiv:1807.03748, eq. 3).

s(a, b) = a^T W b with one matrix for all pairs; it need not be symmetric.

Departures: CPC has a matrix for each prediction step, its logarithm of the density ratio has no
temperature, and W starts as the identity divided by the root of the width here, so that the
similarities of unrelated embeddings with coordinates around 1 begin with a size of about 1.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import SimilaritySpec
from sslstudio.engine.joint import Similarity
from sslstudio.engine.parts import BuildContext


class BilinearSpec(SimilaritySpec):
    """Which directions count, and how much, is learned with the network."""

    kind: Literal["bilinear"] = "bilinear"


class Bilinear(Similarity):
    """Products through a learned matrix; the loss has no floor, since the matrix can grow."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(dim) / math.sqrt(dim))

    def pairs(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the form's value for each pair of rows  # (n, d), (n, d) -> (n,)."""
        return (first @ self.weight * second).sum(dim=1)

    def matrix(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the form's value for every two rows  # (n, d), (m, d) -> (n, m)."""
        return first @ self.weight @ second.T


def build(_spec: BilinearSpec, context: BuildContext) -> Bilinear:
    """Return the form for embeddings of the context's width."""
    return Bilinear(context.dim)


ENTRY = Entry(
    title="Bilinear",
    spec=BilinearSpec,
    build=build,
    summary="The inner product through a matrix that is learned with the network.",
    citation="van den Oord et al. 2018, arXiv:1807.03748",
)
