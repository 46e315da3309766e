"""Triplet loss (Schroff et al. 2015, FaceNet, arXiv:1503.03832, eq. 1 and section 3.2).

max(0, s(q, n) - s(q, p) + m) for a query q, its other view p and a negative n, averaged over
images and ordered pairs of views. With the cosine, FaceNet's squared distances of unit vectors
are 2 - 2 cos, so that its margin of .2 is .1 here; the cosine form with m = .5 is Wang &
Gupta's (2015, arXiv:1505.00687, eq. 2). Which negatives:
semi-hard  the most similar one that is less similar than the positive (eq. 4); where all are
           more similar, the least similar
all        the mean over all of them
hardest    the most similar one

Departures: negatives come from the batch in all its views, and from memory where the target has
one; FaceNet mines batches of thousands of faces with labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import LossSpec, Wiring
from sslstudio.engine.contrast import BatchNegatives, Contest, Crowd, Scores, doubts_of_negatives
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.margins import margin_anchors
from sslstudio.engine.parts import Anchor, BuildContext


class TripletSpec(LossSpec):
    """The other view is more similar than another image, by a margin."""

    kind: Literal["triplet"] = "triplet"
    prevents_collapse: ClassVar[bool] = True
    uses_similarity: ClassVar[bool] = True
    margin: Annotated[
        float,
        Range(0.01, 2.0, log=True),
        Ui(
            "Margin",
            "How much more similar the other view must be; cosines differ by 2 at most.",
            live=True,
        ),
    ] = 0.5
    mining: Annotated[
        Literal["semi-hard", "all", "hardest"],
        Ui(
            "Mining",
            "Semi-hard takes the nearest negative that is further than the positive; all takes "
            "the mean; hardest takes the nearest and tends to collapse.",
            live=True,
        ),
    ] = "semi-hard"
    batch_negatives: BatchNegatives = True

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what is wrong with the negatives and with how they are chosen."""
        yield from doubts_of_negatives(wiring, batch_negatives=self.batch_negatives)
        if self.mining == "hardest":
            path = "objective.loss.mining"
            yield Problem(
                path,
                "warning",
                "The hardest negatives drive all embeddings together until the loss stands at "
                "the margin: early on the nearest other image is nearer than the other view.",
                Fix("Use semi-hard negatives", ((path, "semi-hard"),)),
            )


class Triplet(PairLoss):
    """A hinge on the difference of two similarities."""

    def __init__(self, spec: TripletSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, the share of triplets that cost, similarities and the hit rate."""
        contest = Contest(
            similarity=similarity, memory=memory, batch_negatives=self.spec.batch_negatives
        )
        scores = contest.scores(queries, targets)
        if self.spec.mining == "all":
            loss, active = self._over_all(scores)
        else:
            mined = _hardest(scores) if self.spec.mining == "hardest" else _semi_hard(scores)
            cost = (mined - scores.positives + self.spec.margin).relu()
            loss, active = cost.mean(), (cost.detach() > 0).float().mean()
        return {"loss": loss, "active triplets": active, **scores.report()}

    def _over_all(self, scores: Scores) -> tuple[Tensor, Tensor]:
        negatives = torch.cat(scores.crowds, dim=1)  # (V N, any), -inf for the own image
        lifted = self.spec.margin - scores.positives.unsqueeze(2)  # (pairs, N, 1)
        costs = (scores.by_pair(negatives) + lifted).relu()  # (pairs, N, any)
        count = scores.positives.numel() * scores.negatives
        return costs.sum() / count, (costs.detach() > 0).sum() / count

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of constant embeddings and the least value."""
        del dim, bounded
        negatives = self.spec.batch_negatives
        return margin_anchors(
            Crowd(images=batch_size, views=views, stored=stored, batch_negatives=negatives),
            alike="m",
            value=self.spec.margin,
            apart="Every other view wins by the margin; nothing is left to learn.",
        )


def _hardest(scores: Scores) -> Tensor:
    """Return the most similar negative, with its gradient  # (pairs, N)."""
    return scores.by_pair(torch.cat(scores.crowds, dim=1).amax(dim=1))


def _semi_hard(scores: Scores) -> Tensor:
    """Return the most similar negative below the positive, else the least  # (pairs, N)."""
    negatives = scores.by_pair(torch.cat(scores.crowds, dim=1))  # (pairs, N, any)
    known = negatives.detach()
    below = known < scores.positives.detach().unsqueeze(2)
    preferred = known.masked_fill(~below, -math.inf)
    least = known.masked_fill(known == -math.inf, math.inf).argmin(dim=2)
    best = torch.where(preferred.amax(dim=2) > -math.inf, preferred.argmax(dim=2), least)
    return negatives.gather(2, best.unsqueeze(2)).squeeze(2)


def build(spec: TripletSpec, _context: BuildContext) -> Triplet:
    """Return the loss."""
    return Triplet(spec)


ENTRY = Entry(
    title="Triplet",
    spec=TripletSpec,
    build=build,
    summary="The other view must be more similar than another image, by a margin.",
    citation="Schroff et al. 2015, arXiv:1503.03832",
)
