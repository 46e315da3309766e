"""NT-Logistic (Chen et al. 2020, arXiv:2002.05709, table 2).

-log sigmoid(s+/t) - log sigmoid(-s-/t): every pair is asked for itself whether it shows one
image. The first part is averaged over images and ordered pairs of views, the second over all
negatives (the other images of the batch in all views, and stored ones), as in the table's form
for one positive and one negative.

Departures: the paper's best numbers (its table 4) choose semi-hard negatives; all count here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.engine.contrast import ContrastiveSpec, Crowd
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.parts import Anchor, BuildContext


class LogisticSpec(ContrastiveSpec):
    """Say of each pair whether it shows one image."""

    kind: Literal["logistic"] = "logistic"


class Logistic(PairLoss):
    """Logistic regression on single pairs."""

    def __init__(self, spec: LogisticSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, the mean similarities and how often the positive comes first."""
        scores = self.spec.contest(similarity, memory).scores(queries, targets)
        loss = F.softplus(-scores.positives).mean() + scores.crowd_mean(F.softplus)
        return {"loss": loss, **scores.report(self.spec.temperature)}

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of unrelated pairs and, for the cosine, of collapse and the least."""
        del dim
        negatives = self.spec.batch_negatives
        crowd = Crowd(images=batch_size, views=views, stored=stored, batch_negatives=negatives)
        if crowd.size == 0:
            return ()
        chance = Anchor(
            term="loss",
            label="blind: 2 ln 2",
            value=2.0 * math.log(2.0),
            meaning="All similarities are 0: every answer is a coin toss.",
            kind="chance",
        )
        return (chance, *self._landmarks(crowd)) if bounded else (chance,)

    def _landmarks(self, crowd: Crowd) -> tuple[Anchor, Anchor]:
        sharpness = 1.0 / self.spec.temperature
        return (
            Anchor(
                term="loss",
                label="all alike",
                value=_softplus(sharpness) + _softplus(-sharpness),
                meaning="Every embedding is the same: all negatives are taken for positives.",
                kind="collapse",
            ),
            Anchor(
                term="loss",
                label="floor",
                value=2.0 * _softplus(-_reach(crowd) * sharpness),
                meaning="No embedding gets below this.",
                kind="bound",
            ),
        )


def _reach(crowd: Crowd) -> float:
    """Return how far positives can be above 0 and negatives below it, on average and at once.

    Over N images the mean positive is at most N / (N - 1) above the mean negative (a simplex),
    and the loss, convex in both, is least when they lie half of that above and below 0. Stored
    negatives may be opposite to everything.
    """
    return 1.0 if crowd.stored else crowd.images / (crowd.images - 1) / 2.0


def _softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


def build(spec: LogisticSpec, _context: BuildContext) -> Logistic:
    """Return the loss."""
    return Logistic(spec)


ENTRY = Entry(
    title="NT-Logistic",
    spec=LogisticSpec,
    build=build,
    summary="Every pair is asked for itself whether it shows one image.",
    citation="Chen et al. 2020, arXiv:2002.05709",
)
