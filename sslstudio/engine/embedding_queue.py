"""The last embeddings of each view, newest first, in a buffer that a checkpoint holds."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class EmbeddingQueue(nn.Module):
    """First in, first out; `is_full` once nothing of its first filling with zeros is left."""

    vectors: Tensor

    def __init__(self, views: int, length: int, dim: int) -> None:
        super().__init__()
        self.length = length
        self.stored = 0
        if length:
            self.register_buffer("vectors", torch.zeros(views, length, dim))

    @property
    def is_full(self) -> bool:
        """True if every row is a real embedding; never true for a queue of length 0."""
        return 0 < self.length <= self.stored

    @torch.no_grad()
    def push(self, embeddings: Tensor) -> None:
        """Put a batch in front and let the oldest go  # (views, batch, dim)."""
        if not self.length:
            return
        longer = torch.cat([embeddings.to(self.vectors), self.vectors], dim=1)
        self.vectors.copy_(longer[:, : self.length])
        self.stored = min(self.length, self.stored + embeddings.shape[1])

    def get_extra_state(self) -> Tensor:
        """Return how many rows are real, as a tensor on the CPU."""
        # Not a buffer: asking a buffer on a GPU would make every step wait for it.
        return torch.tensor(self.stored, device="cpu")

    def set_extra_state(self, state: Tensor) -> None:
        """Take over what `get_extra_state` returned."""
        self.stored = int(state)
