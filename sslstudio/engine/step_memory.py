"""What the micro-batches of one step showed, kept until banks and queues may see it."""

from __future__ import annotations

import torch
from torch import Tensor


class StepMemory:
    """Gathers tensors while a step lasts and hands them over, joined, when it has ended."""

    def __init__(self) -> None:
        self._parts: list[tuple[Tensor, ...]] = []

    def add(self, *tensors: Tensor) -> None:
        """Keep what one micro-batch showed, without gradient  # each (images, any)."""
        self._parts.append(tuple(tensor.detach() for tensor in tensors))

    def take(self) -> tuple[Tensor, ...]:
        """Return the tensors of the whole step and forget them; nothing if nothing was added."""
        parts, self._parts = self._parts, []
        if len(parts) < 2:
            return parts[0] if parts else ()
        return tuple(torch.cat(rows) for rows in zip(*parts, strict=True))
