"""Interfaces of the joint-embedding family: target branch, similarity and loss over views."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.parts import Anchor, ParameterGroup, TrainingImages


class Similarity(nn.Module, ABC):
    """Compares embeddings; larger means more alike."""

    bounded: ClassVar[bool] = False
    """True if values lie in [-1, 1], so that losses built on it have a floor."""

    @abstractmethod
    def pairs(self, first: Tensor, second: Tensor) -> Tensor:
        """Return each row's similarity to the row beside it  # (n, d), (n, d) -> (n,)."""

    @abstractmethod
    def matrix(self, first: Tensor, second: Tensor) -> Tensor:
        """Return every similarity  # (n, d), (m, d) -> (n, m)."""

    def distances(self, similarities: Tensor) -> Tensor:
        """Return the Euclidean distances that similarities stand for  # any shape.

        RecipeError if this similarity is none that stands for a distance.
        """
        del similarities
        raise RecipeError(
            "This loss compares distances and the chosen similarity stands for none.",
            "Choose the cosine or the negative Euclidean distance.",
        )


class Target(nn.Module, ABC):
    """Where the other view's embedding comes from."""

    reads_views: ClassVar[bool] = False
    """True if a network of its own looks at the views; otherwise `embed` needs the projections
    alone, so that those of several micro-batches can be handed over together."""
    query_groups: int = 1
    """Parts of the batch in which the online network norms its queries (`engine.split_norm`)."""

    def attach(self, online: nn.Module) -> None:
        """Receive the online network (encoder, then projector) once, before the first step."""

    @abstractmethod
    def embed(
        self, views: Sequence[Tensor], online: Sequence[Tensor], indices: Tensor
    ) -> tuple[Tensor, ...]:
        """Return one target per view, given the views and their online projections.

        `indices` are the images' rows among the training images  # (batch,).
        """

    def memory(self) -> Tensor | None:
        """Return stored negatives  # (stored, dim); None where there are none."""
        return None

    def before_epoch(
        self, epoch: int, images: TrainingImages, online: nn.Module, generator: torch.Generator
    ) -> None:
        """Prepare an epoch (fill a bank); most targets have nothing to prepare."""

    def after_step(self, online: nn.Module, progress: float) -> None:
        """Follow the online network; `progress` runs from 0 to 1 over the budget."""


class PairLoss(nn.Module, ABC):
    """A loss over the embeddings of several views of one batch of images."""

    @abstractmethod
    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return named scalars; `loss` is their minimised combination.

        `queries` and `targets` hold one (batch, dim) tensor a view, in the same order of views
        and images. Where target and query are the same network, `targets[v]` is `queries[v]`.
        Local views have no target: `targets` may then be shorter than `queries`.
        """

    def cluster_scores(self, _z: Tensor, /) -> Tensor | None:
        """Return how well each prototype fits each projection  # (batch, prototypes).

        The largest of a row is the image's prototype; None for a loss without prototypes.
        """
        return None

    def after_step(self, progress: float) -> None:
        """Move what the loss itself keeps (centre, prototypes, queue) after the step."""

    def own_groups(self) -> tuple[ParameterGroup, ...]:
        """Return the parameters of this loss that do not move like all others."""
        return ()

    @abstractmethod
    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the values that the terms take in known situations.

        `stored` counts the target's stored negatives; `bounded` is the similarity's own.
        """
