"""Barlow Twins: the views' cross-correlation becomes the identity (Zbontar et al. 2021).

arXiv:2103.03230, eq. 1 and 2: sum_i (1 - C_ii)^2 + lambda * sum_{i != j} C_ij^2, where C is the
cross-correlation of two views' embeddings, each view normalised on its own over the batch with
variances that divide by N and an epsilon of 1e-5, as batch norm without scale in the paper's
algorithm 1.

Departures: with more than two views the mean over all pairs of views; the authors' code
multiplies the loss by a constant to suit LARS, which is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import LossSpec
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext
from sslstudio.engine.view_pairs import mean_over, pairs_of, require_views

EPSILON: Final = 1e-5


class BarlowTwinsSpec(LossSpec):
    """Each dimension agrees between views and says something of its own."""

    kind: Literal["barlow-twins"] = "barlow-twins"
    prevents_collapse: ClassVar[bool] = True
    redundancy: Annotated[
        float,
        Range(1e-4, 1.0, log=True),
        Ui("Redundancy", "Weight of the correlation between different dimensions.", live=True),
    ] = 5e-3


class BarlowTwins(PairLoss):
    """Distance of the cross-correlation to the identity."""

    def __init__(self, spec: BarlowTwinsSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the weighted loss and its two sums without weight."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            diagonal, rest = mean_over(pairs_of(queries, targets), _sums)
        return {
            "loss": diagonal + self.spec.redundancy * rest,
            "on-diagonal": diagonal.detach(),
            "off-diagonal": rest.detach(),
        }

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of constant embeddings and the floor."""
        del batch_size, views, stored, bounded
        return (
            Anchor(
                term="loss",
                label=f"all alike: {dim:,}",
                value=float(dim),
                meaning="No dimension varies, so none agrees between the views.",
                kind="collapse",
            ),
            Anchor(
                term="loss",
                label="floor",
                value=0.0,
                meaning="Each dimension agrees between the views and with no other.",
                kind="bound",
            ),
        )


def _sums(query: Tensor, target: Tensor) -> Tensor:
    """Return the squared distance from 1 on the diagonal and from 0 off it  # (2,)."""
    correlation = _standardised(query).T @ _standardised(target) / len(query)  # (dim, dim)
    diagonal = correlation.diagonal()
    rest = correlation - torch.diag(diagonal)
    return torch.stack([(1.0 - diagonal).square().sum(), rest.square().sum()])


def _standardised(view: Tensor) -> Tensor:
    variance, mean = torch.var_mean(view, dim=0, correction=0)
    return (view - mean) * (variance + EPSILON).rsqrt()


def build(spec: BarlowTwinsSpec, _context: BuildContext) -> BarlowTwins:
    """Return the loss."""
    return BarlowTwins(spec)


ENTRY = Entry(
    title="Barlow Twins",
    spec=BarlowTwinsSpec,
    build=build,
    summary="The correlation between two views' dimensions becomes the identity; no negatives.",
    citation="Zbontar et al. 2021, arXiv:2103.03230",
)
