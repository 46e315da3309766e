"""From an encoder's map of positions to an answer for every pixel."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class MapDecoder(nn.Module):
    """Three convolutions with enlargements between them, for a map of any size."""

    def __init__(self, channels: int, outputs: int, *, side: int, width: int) -> None:
        super().__init__()
        self.sides = (-(-side // 2), side)
        self.first = _convolution(channels, width)
        self.larger = nn.ModuleList([_convolution(width, width) for _ in self.sides])
        self.to_answers = nn.Conv2d(width, outputs, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return answers  # (batch, channels, height, width) -> (batch, outputs, side, side)."""
        features = self.first(features)
        for side, convolution in zip(self.sides, self.larger, strict=True):
            enlarged = F.interpolate(features, [side, side], mode="bilinear")
            features = convolution(enlarged)
        answers: Tensor = self.to_answers(features)
        return answers


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
