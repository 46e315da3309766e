"""VICReg: variance, invariance, covariance (Bardes et al. 2022, arXiv:2105.04906, eq. 1 to 6).

invariance  mean squared distance of two views' embeddings, over images and dimensions (eq. 5)
variance    mean over dimensions of max(0, 1 - sqrt(Var + 1e-4)) (eq. 1, 2)
covariance  sum of the squared off-diagonal covariances divided by the dimension (eq. 3, 4)
loss        invariance weight * invariance + variance weight * variance + covariance weight * ...

Variances and covariances divide by N - 1. As in the authors' code (and unlike the paper's
eq. 6, which adds the views) the variance term is the mean over the views, while the covariance
term is their sum for two views, so twice their mean for any number of views. solo-learn adds
the views in both.

Departures: the invariance is a mean over dimensions, as in the authors' code, where eq. 5 sums
the squares and so weighs it d times as much; with more than two views it is the mean over all
pairs. Where query and target differ (a predictor, a momentum encoder), variance and covariance are
the queries'.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import LossSpec
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext
from sslstudio.engine.view_pairs import mean_over, pairs_of, require_views

EPSILON: Final = 1e-4


class VicregSpec(LossSpec):
    """Views agree, every dimension varies, no two dimensions say the same."""

    kind: Literal["vicreg"] = "vicreg"
    prevents_collapse: ClassVar[bool] = True
    sets_length: ClassVar[bool] = True
    invariance: Annotated[
        float,
        Range(0.0, 100.0),
        Ui("Invariance", "Weight of the distance between views.", live=True),
    ] = 25.0
    variance: Annotated[
        float,
        Range(0.0, 100.0),
        Ui("Variance", "Weight of the hinge that keeps every dimension alive.", live=True),
    ] = 25.0
    covariance: Annotated[
        float,
        Range(0.0, 100.0),
        Ui("Covariance", "Weight of the correlation between dimensions.", live=True),
    ] = 1.0


class Vicreg(PairLoss):
    """Three terms, each with a weight."""

    def __init__(self, spec: VicregSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the weighted loss and its three terms without their weights."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            invariance = mean_over(pairs_of(queries, targets), F.mse_loss)
            views = [query.float() for query in queries]
            variance = torch.stack([_variance(view) for view in views]).mean()
            covariance = 2.0 * torch.stack([_covariance(view) for view in views]).mean()
        spec = self.spec
        loss = (
            spec.invariance * invariance + spec.variance * variance + spec.covariance * covariance
        )
        return {
            "loss": loss,
            "invariance": invariance.detach(),
            "variance": variance.detach(),
            "covariance": covariance.detach(),
        }

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of constant embeddings and the floor."""
        del batch_size, views, dim, stored, bounded
        hinge = 1.0 - EPSILON**0.5
        collapsed = "Every embedding is the same: views agree and no dimension varies."
        return (
            Anchor(
                term="loss",
                label="all alike",
                value=self.spec.variance * hinge,
                meaning=collapsed,
                kind="collapse",
            ),
            Anchor(
                term="variance", label="all alike", value=hinge, meaning=collapsed, kind="collapse"
            ),
            Anchor(
                term="loss",
                label="floor",
                value=0.0,
                meaning="Views agree, every dimension varies by 1, none are correlated.",
                kind="bound",
            ),
        )


def _variance(view: Tensor) -> Tensor:
    deviation = (view.var(dim=0) + EPSILON).sqrt()  # (dim,)
    return F.relu(1.0 - deviation).mean()


def _covariance(view: Tensor) -> Tensor:
    images, dim = view.shape
    centred = view - view.mean(dim=0)
    covariance = centred.T @ centred / (images - 1)  # (dim, dim)
    off_diagonal = covariance - torch.diag(covariance.diagonal())
    return off_diagonal.square().sum() / dim


def build(spec: VicregSpec, _context: BuildContext) -> Vicreg:
    """Return the loss."""
    return Vicreg(spec)


ENTRY = Entry(
    title="VICReg",
    spec=VicregSpec,
    build=build,
    summary="Views agree, every dimension varies, dimensions are uncorrelated; no negatives.",
    citation="Bardes et al. 2022, arXiv:2105.04906",
)
