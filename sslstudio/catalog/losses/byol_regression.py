"""BYOL's regression of unit vectors (Grill et al. 2020, arXiv:2006.07733, eq. 2).

|q/|q| - z/|z||^2 = 2 - 2 cos(q, z), averaged over images and ordered pairs of views.

Departures: the paper adds the two directions (its section 3.1), so its loss is twice this one;
solo-learn adds them too, lightly's cosine form is (this - 2) / 2. The gradient scales alike,
so rates from those codes need the same factor under plain SGD.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import LossSpec
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext
from sslstudio.engine.view_pairs import mean_over, pairs_of, require_views


class ByolRegressionSpec(LossSpec):
    """Predict the other view's unit vector."""

    kind: Literal["byol-regression"] = "byol-regression"
    asymmetric: ClassVar[bool] = True


class ByolRegression(PairLoss):
    """Squared distance of unit vectors."""

    def __init__(self, spec: ByolRegressionSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, from 0 (met) over 2 (unrelated) to 4 (opposite)."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            return {"loss": mean_over(pairs_of(queries, targets), _distance)}

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of unrelated directions and the one that collapse reaches."""
        del batch_size, views, dim, stored, bounded
        return (
            Anchor(
                term="loss",
                label="unrelated",
                value=2.0,
                meaning="The prediction says nothing about the target.",
                kind="chance",
            ),
            Anchor(
                term="loss",
                label="floor, and collapse",
                value=0.0,
                meaning="Every target is met; a constant embedding gets here too: see the spread.",
                kind="collapse",
            ),
        )


def _distance(query: Tensor, target: Tensor) -> Tensor:
    difference = F.normalize(query, dim=1) - F.normalize(target, dim=1)
    return difference.square().sum(dim=1).mean()


def build(spec: ByolRegressionSpec, _context: BuildContext) -> ByolRegression:
    """Return the loss."""
    return ByolRegression(spec)


ENTRY = Entry(
    title="BYOL regression",
    spec=ByolRegressionSpec,
    build=build,
    summary="Predict the other view's unit vector; needs a target that does not give way.",
    citation="Grill et al. 2020, arXiv:2006.07733",
)
