"""What contrastive losses share: positives, the crowd of negatives, and their landmarks."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import LossSpec, Wiring
from sslstudio.engine.geometry import log_mean_exponential
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor
from sslstudio.engine.view_pairs import ordered_pairs, require_views

SMALL_BATCH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Each query's similarities, divided by the temperature, for V views of N images.

    The positives of the query (view a, image i) are the targets (b, i) with b != a; its crowd
    is every target of another image, whatever the view, and all stored negatives. The target
    of the same view and image is in neither. The first T views have targets, local ones do not.
    """

    positives: Tensor  # (pairs, N): one row for each ordered pair of views, T (V - 1) of them
    crowds: tuple[Tensor, ...]  # each (V N, any); -inf for the query's own image
    query_views: tuple[int, ...]  # of each pair
    negatives: int
    """How many of them each query has."""

    def by_pair(self, values: Tensor) -> Tensor:
        """Return values of queries once for each positive  # (V N, ...) -> (pairs, N, ...)."""
        by_view = values.unflatten(0, (-1, self.positives.shape[1]))
        return torch.stack([by_view[view] for view in self.query_views])

    def log_crowd(self) -> Tensor:
        """Return the log of the negatives' summed exponentials  # (pairs, N)."""
        each = torch.stack([crowd.logsumexp(dim=1) for crowd in self.crowds])
        return self.by_pair(each.logsumexp(dim=0))

    def hardest(self) -> Tensor:
        """Return the largest negative, without gradient  # (pairs, N)."""
        each = [crowd.detach().amax(dim=1) for crowd in self.crowds]
        return self.by_pair(torch.stack(each).amax(dim=0))

    def crowd_mean(self, measure: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the mean over all negatives of a measure that is 0 at -inf  # ()."""
        total = torch.stack([measure(crowd).sum() for crowd in self.crowds]).sum()
        return total / (self.negatives * len(self.crowds[0]))

    def report(self, temperature: float = 1.0) -> dict[str, Tensor]:
        """Return what a person reads beside the loss: mean similarities and the hit rate."""
        positives = self.positives.detach()
        with torch.no_grad():
            negative = self.crowd_mean(lambda crowd: crowd.masked_fill(crowd == -math.inf, 0.0))
        return {
            "positive similarity": positives.mean() * temperature,
            "negative similarity": negative * temperature,
            "contrastive accuracy": (positives > self.hardest()).float().mean(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Who competes with the positives, and how sharply."""

    similarity: Similarity
    memory: Tensor | None  # (stored, d)
    temperature: float = 1.0
    batch_negatives: bool = True

    def scores(self, queries: Sequence[Tensor], targets: Sequence[Tensor]) -> Scores:
        """Return every query's similarities to its positives and its negatives, in fp32."""
        require_views(queries)
        images = len(queries[0])
        with full_precision(queries[0]):
            asked = torch.cat([query.float() for query in queries])  # (V N, d)
            known = torch.cat([target.float() for target in targets])  # (T N, d)
            logits = self.similarity.matrix(asked, known) / self.temperature  # (V N, T N)
            crowds = tuple(self._crowds(asked, logits, images))
        shape = (len(queries), images, len(targets), images)
        own = logits.view(shape).diagonal(dim1=1, dim2=3)  # (V, T, N)
        pairs = ordered_pairs(len(queries), len(targets))
        others = len(targets) * (images - 1) if self.batch_negatives else 0
        return Scores(
            positives=torch.stack([own[a, b] for a, b in pairs]),
            crowds=crowds,
            query_views=tuple(query for query, _ in pairs),
            negatives=others + (0 if self.memory is None else len(self.memory)),
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


BatchNegatives = Annotated[
    bool,
    Ui(
        "Batch negatives",
        "The other images of the batch are negatives; off leaves the stored ones (MoCo).",
        advanced=True,
    ),
]
"""A field that every loss with negatives has, by the name `batch_negatives`."""


def doubts_of_negatives(wiring: Wiring, *, batch_negatives: bool) -> Iterator[Problem]:
    """Yield what is wrong with the negatives that a loss gets: none, or very few."""
    path, batch = "objective.loss.batch_negatives", wiring.batch_size
    if not batch_negatives and not wiring.target.has_memory:
        yield Problem(
            path,
            "error",
            "The loss takes its negatives from memory alone and this target stores none. "
            "Take them from the batch, or choose a target with a memory (queue, memory bank).",
            Fix("Take negatives from the batch", ((path, True),)),
        )
    if 2 <= batch < SMALL_BATCH and batch_negatives and not wiring.target.has_memory:
        yield Problem(
            "training.batch_size",
            "warning",
            f"A batch of {batch} gives each image only {wiring.global_views * (batch - 1)} "
            "negatives; contrastive losses learn little from so few.",
            Fix("Set the batch to 256", (("training.batch_size", 256),)),
        )


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
    batch_negatives: BatchNegatives = True

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what is wrong with the negatives that this loss gets."""
        yield from doubts_of_negatives(wiring, batch_negatives=self.batch_negatives)

    def contest(self, similarity: Similarity, memory: Tensor | None) -> Contest:
        """Return who competes with the positives under these settings."""
        return Contest(
            similarity=similarity,
            memory=memory,
            temperature=self.temperature,
            batch_negatives=self.batch_negatives,
        )


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
        scores = self.spec.contest(similarity, memory).scores(queries, targets)
        loss = self.price(scores.log_crowd() - scores.positives).mean()
        return {"loss": loss, **scores.report(self.spec.temperature)}

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
