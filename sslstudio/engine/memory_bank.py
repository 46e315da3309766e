"""One stored embedding for each training image, addressed by the image's index."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.engine.modes import estimate_norms, evaluation
from sslstudio.engine.parts import TrainingImages
from sslstudio.engine.step_memory import StepMemory


class MemoryBank(nn.Module):
    """Unit vectors in a buffer, so that a checkpoint holds them."""

    vectors: Tensor

    def __init__(self, images: int, dim: int) -> None:
        super().__init__()
        start = F.normalize(torch.randn(images, dim), dim=1)
        self.register_buffer("vectors", start)  # (images, dim)
        self._seen = StepMemory()

    def rows(self, indices: Tensor) -> Tensor:
        """Return the stored vectors of these images  # (batch, dim)."""
        return self.vectors[indices]

    @torch.no_grad()
    def update(self, indices: Tensor, embeddings: Tensor, keep: float = 0.0) -> None:
        """Mix new embeddings in: keep * old + (1 - keep) * new, back on the unit sphere."""
        new = F.normalize(embeddings.detach().float(), dim=1)
        mixed = keep * self.vectors[indices] + (1.0 - keep) * new
        self.vectors[indices] = F.normalize(mixed, dim=1)

    def note(self, indices: Tensor, embedded: Sequence[Tensor]) -> None:
        """Remember the mean over these views' embeddings until `absorb`  # each (batch, dim)."""
        if self.training:
            self._seen.add(indices, torch.stack(list(embedded)).mean(dim=0))

    def absorb(self, keep: float) -> None:
        """Mix in what was noted in this step, so that its loss saw the older vectors."""
        if seen := self._seen.take():
            indices, embedded = seen
            self.update(indices, embedded, keep=keep)

    def begin(self, network: nn.Module, images: TrainingImages) -> None:
        """Store an untrained network's embeddings, once its norms know the images."""
        estimate_norms(network, images)
        self.fill(network, images)

    def fill(self, network: nn.Module, images: TrainingImages) -> None:
        """Store the network's present embedding of every un-augmented training image."""
        with evaluation(network):
            for indices, batch in images.batches():
                self.update(indices, network(images.normalised(batch)))
