"""One stored embedding for each training image, addressed by the image's index."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.engine.modes import evaluation
from sslstudio.engine.parts import TrainingImages


class MemoryBank(nn.Module):
    """Unit vectors in a buffer, so that a checkpoint holds them."""

    vectors: Tensor

    def __init__(self, images: int, dim: int) -> None:
        super().__init__()
        start = F.normalize(torch.randn(images, dim), dim=1)
        self.register_buffer("vectors", start)  # (images, dim)

    def rows(self, indices: Tensor) -> Tensor:
        """Return the stored vectors of these images  # (batch, dim)."""
        return self.vectors[indices]

    @torch.no_grad()
    def update(self, indices: Tensor, embeddings: Tensor, keep: float = 0.0) -> None:
        """Mix new embeddings in: keep * old + (1 - keep) * new, back on the unit sphere."""
        new = F.normalize(embeddings.detach().float(), dim=1)
        mixed = keep * self.vectors[indices] + (1.0 - keep) * new
        self.vectors[indices] = F.normalize(mixed, dim=1)

    def fill(self, network: nn.Module, images: TrainingImages) -> None:
        """Store the network's present embedding of every un-augmented training image."""
        with evaluation(network):
            for indices, batch in images.batches():
                self.update(indices, network(images.normalised(batch)))
