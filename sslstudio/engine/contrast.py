"""What contrastive losses share: positives, the crowd of negatives, and their landmarks."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import LossSpec
from sslstudio.engine.geometry import log_mean_exponential
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.parts import Anchor
from sslstudio.engine.view_pairs import full_precision, ordered_pairs, require_views


@dataclass(frozen=True, slots=True)
class Contrast:
    """Each query's similarities, divided by the temperature, for V views of N images.

    The positives of the query (view a, image i) are the targets (b, i) with b != a; its crowd
    is every target of another image, whatever the view, and all stored negatives. The target
    of the same view and image is in neither. The first T views have targets, local ones do not.
    """

    positives: Tensor  # (pairs, N): one row for each ordered pair of views, T (V - 1) of them
    crowd: Tensor  # (pairs, N): log of the summed exponentials of the negatives
    hardest: Tensor  # (pairs, N): the largest negative
    negative_mean: Tensor  # ()

    def report(self, temperature: float) -> dict[str, Tensor]:
        """Return what a person reads beside the loss: mean similarities and the hit rate."""
        return {
            "positive similarity": self.positives.detach().mean() * temperature,
            "negative similarity": self.negative_mean * temperature,
            "contrastive accuracy": (self.positives > self.hardest).float().mean(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Who competes with the positives, and how sharply."""

    similarity: Similarity
    memory: Tensor | None  # (stored, d)
    temperature: float
    batch_negatives: bool = True

    def contrast(self, queries: Sequence[Tensor], targets: Sequence[Tensor]) -> Contrast:
        """Return every query against its positives and its negatives, in fp32."""
        require_views(queries)
        with full_precision(queries):
            asked = torch.cat([query.float() for query in queries])  # (V N, d)
            known = torch.cat([target.float() for target in targets])  # (T N, d)
            logits = self.similarity.matrix(asked, known) / self.temperature  # (V N, T N)
            crowds = list(self._crowds(asked, logits, len(queries[0])))
        images = len(queries[0])
        shape = (len(queries), images, len(targets), images)
        own = logits.view(shape).diagonal(dim1=1, dim2=3)  # (V, T, N)
        pairs = ordered_pairs(len(queries), len(targets))
        each_crowd = torch.stack([crowd.logsumexp(dim=1) for crowd in crowds]).logsumexp(dim=0)
        found = [crowd.detach() for crowd in crowds]
        hardest = torch.stack([crowd.amax(dim=1) for crowd in found]).amax(dim=0)
        return Contrast(
            positives=torch.stack([own[a, b] for a, b in pairs]),
            crowd=_by_pair(each_crowd, len(queries), pairs),
            hardest=_by_pair(hardest, len(queries), pairs),
            negative_mean=_finite_mean(found),
        )

    def _crowds(self, asked: Tensor, logits: Tensor, images: int) -> Iterator[Tensor]:
        if self.batch_negatives:
            rows, columns = (length // images for length in logits.shape)
            own = torch.eye(images, dtype=torch.bool, device=logits.device).repeat(rows, columns)
            yield logits.masked_fill(own, -math.inf)
        if self.memory is not None:
            yield self.similarity.matrix(asked, self.memory.to(asked)) / self.temperature
        elif not self.batch_negatives:
            raise RecipeError(
                "The loss takes its negatives from memory alone and this target stores none.",
                "Choose a target with a memory (queue, memory bank) or allow batch negatives.",
            )


def _by_pair(values: Tensor, views: int, pairs: list[tuple[int, int]]) -> Tensor:
    """Return values of queries once for each target view they meet  # (pairs, N)."""
    by_view = values.view(views, -1)
    return torch.stack([by_view[query] for query, _ in pairs])


def _finite_mean(crowds: list[Tensor]) -> Tensor:
    total = torch.stack([crowd.masked_fill(crowd.isinf(), 0.0).sum() for crowd in crowds]).sum()
    return total / torch.stack([crowd.isfinite().sum() for crowd in crowds]).sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many negatives a query meets: of other images in the batch, and stored ones."""

    images: int
    views: int
    stored: int
    batch_negatives: bool = True

    @property
    def others(self) -> int:
        """Targets of other images in the batch."""
        return self.views * (self.images - 1) if self.batch_negatives else 0

    @property
    def size(self) -> int:
        """All negatives of one query."""
        return self.others + self.stored

    def uniform(self, dim: int, temperature: float) -> float:
        """Return the log of the summed e^((cos - 1) / t) over directions spread evenly."""
        return math.log(self.size) + log_mean_exponential(dim, temperature)

    def simplex(self, temperature: float) -> float:
        """Return the smallest such value: a regular simplex, stored negatives opposite.

        N directions have a mean pairwise cosine of -1/(N-1) at best, and the log of summed
        exponentials is least when all are equal (Jensen); a stored vector is at best opposite.
        """
        apart = -self.images / (self.images - 1) / temperature
        opposite = -2.0 / temperature
        counts = ((self.others, apart), (self.stored, opposite))
        terms = [math.log(count) + value for count, value in counts if count]
        peak = max(terms)
        return peak + math.log(sum(math.exp(term - peak) for term in terms))


class ContrastiveSpec(LossSpec):
    """Settings that every loss with negatives has."""

    prevents_collapse: ClassVar[bool] = True
    uses_similarity: ClassVar[bool] = True
    temperature: Annotated[
        float,
        Range(0.01, 2.0, log=True),
        Ui(
            "Temperature",
            "Divides the similarities: small values push hardest against the nearest negatives.",
            live=True,
        ),
    ] = 0.2
    batch_negatives: Annotated[
        bool,
        Ui(
            "Batch negatives",
            "The other images of the batch are negatives; off leaves the stored ones (MoCo).",
            advanced=True,
        ),
    ] = True


class ContrastiveLoss(PairLoss):
    """A price for how far the crowd of negatives is above each positive."""

    def __init__(self, spec: ContrastiveSpec) -> None:
        super().__init__()
        self.spec = spec

    @abstractmethod
    def price(self, excess: Tensor) -> Tensor:
        """Return the loss of each pair; `excess` is log(sum e^{s-/t}) - s+/t, any shape."""

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, the mean similarities and how often the positive comes first."""
        contest = Contest(
            similarity=similarity,
            memory=memory,
            temperature=self.spec.temperature,
            batch_negatives=self.spec.batch_negatives,
        )
        contrast = contest.contrast(queries, targets)
        loss = self.price(contrast.crowd - contrast.positives).mean()
        return {"loss": loss, **contrast.report(self.spec.temperature)}

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of constant embeddings, and with it the landmarks on the sphere."""
        crowd = Crowd(
            images=batch_size,
            views=views,
            stored=stored,
            batch_negatives=self.spec.batch_negatives,
        )
        if crowd.size == 0:
            return ()
        alike = self._priced(math.log(crowd.size))
        collapse = Anchor(
            term="loss",
            label=f"all alike: ln({round(math.exp(alike)):,})",
            value=alike,
            meaning="Every embedding is the same, or the guess is blind.",
            kind="collapse",
        )
        return (collapse, *self._landmarks(crowd, dim)) if bounded else (collapse,)

    def _landmarks(self, crowd: Crowd, dim: int) -> tuple[Anchor, Anchor]:
        temperature = self.spec.temperature
        return (
            Anchor(
                term="loss",
                label="uniform sphere",
                value=self._priced(crowd.uniform(dim, temperature)),
                meaning="Views agree perfectly and images lie evenly in all directions.",
            ),
            Anchor(
                term="loss",
                label="floor",
                value=self._priced(crowd.simplex(temperature)),
                meaning="No embedding gets below this: a regular simplex.",
                kind="bound",
            ),
        )

    def _priced(self, excess: float) -> float:
        return float(self.price(torch.tensor(excess, dtype=torch.float64)))
