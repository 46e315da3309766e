"""Noise-contrastive estimation (Gutmann & Hyvarinen 2010; Wu et al. 2018, arXiv:1805.01978).

Is this embedding the query's other view, or one of m noise samples? A logistic regression on
h = P / (P + m p_n) (Wu et al., eq. 6) with P = e^{s/t} / Z and noise uniform over n images
(p_n = 1/n): loss = -log h(positive) - sum over the m negatives of log(1 - h(negative)) (eq.
7), averaged over images and ordered pairs of views. Z = n * mean e^{s/t} over the noise (eq. 8),
so that n drops out: h = sigmoid(s/t - log(m * mean e^{s/t})). With a memory bank as target and
batch negatives off this is NPID's loss.

Departures: NPID keeps the Z of the first batch, Gutmann & Hyvarinen learn it as a parameter;
by default it follows the noise here as a running mean, since a Z of untrained embeddings, which
are alike, keeps them as alike as they were. The negatives of a query are those of the batch in
all views and stored ones; they are not drawn anew for each query.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Ui
from sslstudio.engine.contrast import ContrastiveSpec, Crowd, Scores
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.parts import Anchor, BuildContext

SHARE: Final = 0.1
"""How much of log Z a new batch decides."""


class NceSpec(ContrastiveSpec):
    """Tell the other view from noise."""

    kind: Literal["nce"] = "nce"
    normaliser: Annotated[
        Literal["running", "first-batch"],
        Ui(
            "Normaliser",
            "Running lets the sum over all images follow the embeddings; first-batch keeps its "
            "first estimate (NPID).",
            advanced=True,
        ),
    ] = "running"


class Nce(PairLoss):
    """Logistic regression between positives and noise."""

    log_mean: Tensor

    def __init__(self, spec: NceSpec) -> None:
        super().__init__()
        self.spec = spec
        # log(Z / n), not finite until the first batch estimated it.
        self.register_buffer("log_mean", torch.tensor(-torch.inf))

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, the mean similarities and how often the positive comes first."""
        scores = self.spec.contest(similarity, memory).scores(queries, targets)
        self._estimate(scores)
        shift = self.log_mean + math.log(scores.negatives)
        data = F.softplus(shift - scores.positives).mean()
        noise = scores.negatives * scores.crowd_mean(lambda crowd: F.softplus(crowd - shift))
        return {"loss": data + noise, **scores.report(self.spec.temperature)}

    @torch.no_grad()
    def _estimate(self, scores: Scores) -> None:
        crowd = scores.log_crowd()
        seen = crowd.logsumexp(dim=(0, 1)) - math.log(crowd.numel() * scores.negatives)
        # A look at a trained network must not change it.
        share = SHARE if self.training and self.spec.normaliser == "running" else 0.0
        known = self.log_mean.lerp(seen, share)
        self.log_mean.copy_(torch.where(self.log_mean.isfinite(), known, seen))

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of constant embeddings, for which h = 1 / (1 + m)."""
        del dim, bounded
        negatives = self.spec.batch_negatives
        m = Crowd(images=batch_size, views=views, stored=stored, batch_negatives=negatives).size
        if m == 0:
            return ()
        return (
            Anchor(
                term="loss",
                label="all alike: ln(1 + m) + m ln(1 + 1/m)",
                value=math.log(1 + m) + m * math.log1p(1 / m),
                meaning="Every embedding is the same, or the guess is blind.",
                kind="collapse",
            ),
        )


def build(spec: NceSpec, _context: BuildContext) -> Nce:
    """Return the loss."""
    return Nce(spec)


ENTRY = Entry(
    title="Noise-contrastive estimation",
    spec=NceSpec,
    build=build,
    summary="Asks of every embedding whether it is the other view or noise.",
    citation="Gutmann & Hyvarinen 2010 (AISTATS); Wu et al. 2018, arXiv:1805.01978",
)
