"""The siamese margin loss (Hadsell, Chopra & LeCun 2006, doi:10.1109/CVPR.2006.100, eq. 4).

Two views of one image cost D^2 / 2, embeddings of two images max(0, m - D)^2 / 2, where D is
the Euclidean distance that the similarity stands for: with the cosine that of unit vectors,
D^2 = 2 - 2 cos. Two images further apart than m leave each other alone.

Departures: the paper adds all pairs of a data set, whose positives are few; here positives and
negatives (all other images of the batch in all views, and stored ones) are averaged apart and
the two means added, so that their balance does not hang on the batch. The distance of equal
embeddings has no gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import LossSpec, Wiring
from sslstudio.engine.contrast import BatchNegatives, Contest, Crowd, doubts_of_negatives
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.margins import margin_anchors
from sslstudio.engine.parts import Anchor, BuildContext


class MarginSpec(LossSpec):
    """Views meet, and images keep a distance."""

    kind: Literal["margin"] = "margin"
    prevents_collapse: ClassVar[bool] = True
    uses_similarity: ClassVar[bool] = True
    margin: Annotated[
        float,
        Range(0.05, 2.0),
        Ui(
            "Margin",
            "Distance from which two images leave each other alone; unit vectors are at most 2 "
            "apart, unrelated ones 1.41.",
            live=True,
        ),
    ] = 1.25
    batch_negatives: BatchNegatives = True

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what is wrong with the negatives, and a similarity that is no distance."""
        yield from doubts_of_negatives(wiring, batch_negatives=self.batch_negatives)
        if wiring.similarity is not None and not wiring.similarity.is_distance:
            path = "objective.similarity"
            yield Problem(
                path,
                "error",
                f"The margin is one between distances, and {wiring.similarity.kind} stands for "
                "none. Choose the cosine or the negative Euclidean distance.",
                Fix("Use the cosine", ((path, "cosine"),)),
            )


class Margin(PairLoss):
    """Pulls views together and pushes images out of each other's margin."""

    def __init__(self, spec: MarginSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, its two halves, mean similarities and the hit rate."""
        contest = Contest(
            similarity=similarity, memory=memory, batch_negatives=self.spec.batch_negatives
        )
        scores = contest.scores(queries, targets)

        def intrusion(similarities: Tensor) -> Tensor:
            distances: Tensor = similarity.distances(similarities)
            return (self.spec.margin - distances).relu().square() / 2.0

        pull = similarity.distances(scores.positives).square().mean() / 2.0
        push = scores.crowd_mean(intrusion)
        return {
            "loss": pull + push,
            "pull": pull.detach(),
            "push": push.detach(),
            **scores.report(),
        }

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of constant embeddings and the least value."""
        del dim, bounded
        negatives = self.spec.batch_negatives
        return margin_anchors(
            Crowd(images=batch_size, views=views, stored=stored, batch_negatives=negatives),
            alike="m\u00b2/2",
            value=self.spec.margin**2 / 2.0,
            apart="Views agree and all images are further apart than the margin.",
        )


def build(spec: MarginSpec, _context: BuildContext) -> Margin:
    """Return the loss."""
    return Margin(spec)


ENTRY = Entry(
    title="Margin (siamese)",
    spec=MarginSpec,
    build=build,
    summary="Views are pulled together; images closer than a margin are pushed apart.",
    citation="Hadsell, Chopra & LeCun 2006, doi:10.1109/CVPR.2006.100",
)
