"""Embeddings of recent steps, first in, first out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import Wiring

FIELD: Final = "objective.target.size"


class VectorQueue(nn.Module):
    """Unit vectors in buffers, so that a checkpoint holds them; the newest replace the oldest."""

    vectors: Tensor
    oldest: Tensor

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        start = F.normalize(torch.randn(size, dim), dim=1)
        self.register_buffer("vectors", start)  # (size, dim)
        self.register_buffer("oldest", torch.tensor(0))  # row that is overwritten next

    @torch.no_grad()
    def push(self, embeddings: Tensor) -> None:
        """Store embeddings on the unit sphere; of more than fit, the last ones  # (any, dim)."""
        size = len(self.vectors)
        new = F.normalize(embeddings.detach().float(), dim=1)[-size:]
        rows = (self.oldest + torch.arange(len(new), device=new.device)) % size
        self.vectors[rows] = new
        self.oldest.copy_((self.oldest + len(new)) % size)


def queue_length(
    wanted: int | None, images: int, *, share: float, most: int, field: str = FIELD
) -> int:
    """Return how many embeddings a queue keeps: as wanted, or a share of the training images.

    A queue longer than the data would hold every image's own older embedding.
    """
    if wanted is None:
        return max(1, min(most, round(share * images)))
    if wanted > images:
        raise RecipeError(
            f"{field}: {wanted:,} embeddings are more than the {images:,} training images.",
            "Choose a smaller size, or leave the field empty.",
        )
    return wanted


def doubts_of_size(size: int | None, wiring: Wiring) -> Iterator[Problem]:
    """Yield whether a queue is longer than the data or shorter than a batch."""
    images, batch = wiring.train_images, wiring.batch_size
    empty = Fix("Let it follow the number of images", ((FIELD, None),))
    if size is not None and images is not None and size > images:
        yield Problem(
            FIELD,
            "error",
            f"{size:,} embeddings are more than the {images:,} training images: every image "
            "would meet its own older embedding.",
            empty,
        )
    elif size is not None and size < batch:
        yield Problem(
            FIELD,
            "warning",
            f"{size:,} embeddings are fewer than a batch of {batch:,}: every step replaces all "
            "of them, and nothing older is ever met.",
            empty,
        )
