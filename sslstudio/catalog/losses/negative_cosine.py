"""SimSiam's negative similarity (Chen & He 2021, arXiv:2011.10566, eq. 1 and 2).

-s(p_a, z_b), averaged over images and ordered pairs of views: with two views and the cosine
this is the paper's D(p1, z2)/2 + D(p2, z1)/2. The paper's stop-gradient (its eq. 3) is the
target's business, so that it can be left out.

Departures: the similarity may be another than the cosine; only bounded ones have a floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import LossSpec
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext
from sslstudio.engine.view_pairs import mean_over, ordered_pairs, require_views


class NegativeCosineSpec(LossSpec):
    """Be as similar as possible to the other view."""

    kind: Literal["negative-cosine"] = "negative-cosine"
    uses_similarity: ClassVar[bool] = True
    asymmetric: ClassVar[bool] = True


class NegativeCosine(PairLoss):
    """Similarity with its sign turned."""

    def __init__(self, spec: NegativeCosineSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss; with the cosine from -1 (alike) over 0 (unrelated) to 1."""
        del memory
        require_views(queries)
        with full_precision(queries[0]):
            # Both orders, even of the same two tensors: a learned similarity tells them apart.
            order = ordered_pairs(len(queries), len(targets))
            pairs = [(queries[a].float(), targets[b].float()) for a, b in order]
            return {"loss": -mean_over(pairs, similarity.pairs).mean()}

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of unrelated directions and the one that collapse reaches."""
        del batch_size, views, dim, stored
        if not bounded:
            return ()
        return (
            Anchor(
                term="loss",
                label="unrelated",
                value=0.0,
                meaning="The prediction says nothing about the target.",
                kind="chance",
            ),
            Anchor(
                term="loss",
                label="floor, and collapse",
                value=-1.0,
                meaning="Every target is met; a constant embedding gets here too: see the spread.",
                kind="collapse",
            ),
        )


def build(spec: NegativeCosineSpec, _context: BuildContext) -> NegativeCosine:
    """Return the loss."""
    return NegativeCosine(spec)


ENTRY = Entry(
    title="Negative cosine",
    spec=NegativeCosineSpec,
    build=build,
    summary="Be as similar as possible to the other view; needs a stop-gradient or a teacher.",
    citation="Chen & He 2021, arXiv:2011.10566",
)
