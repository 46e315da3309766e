"""From vectors back to pixels: an upsampling network, and the scale that pixels live on."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.parts import BuildContext, TrainingImages

SMALLEST_MAP = 4

DecoderWidth = Annotated[
    int,
    Range(8, 128, log=True),
    Ui(
        "Decoder width",
        "Channels at full resolution; each smaller map has twice as many.",
        unit="channels",
        advanced=True,
    ),
]
"""A field of objectives that paint with a `Decoder`, by the name `decoder_width`."""


class Decoder(nn.Module):
    """A dense layer to a map of 4 to 8 px, then doubling and convolving up to the image's size.

    Nearest-neighbour doubling before a 3x3 convolution leaves no checkerboard (Odena et al. 2016,
    doi:10.23915/distill.00003). A size that is no multiple of the first map is reached by cutting
    the borders off the next larger one.
    """

    def __init__(self, dim: int, *, channels: int, size: int, width: int) -> None:
        super().__init__()
        doublings = (size // SMALLEST_MAP).bit_length() - 1
        self.size = size
        self.first = -(-size // 2**doublings)
        widths = [min(width * 2**level, 8 * width) for level in reversed(range(doublings + 1))]
        self.dense = nn.Linear(dim, widths[0] * self.first**2, bias=False)
        self.start = nn.Sequential(nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True))
        self.doublings = nn.Sequential(
            *[_doubling(before, after) for before, after in pairwise(widths)]
        )
        self.to_pixels = nn.Conv2d(widths[-1], channels, 3, padding=1)

    def forward(self, vectors: Tensor) -> Tensor:
        """Return logits, whose sigmoid is an image  # -> (batch, channels, size, size)."""
        features = self.dense(vectors).unflatten(1, (-1, self.first, self.first))
        values = self.to_pixels(self.doublings(self.start(features)))
        border = (values.shape[-1] - self.size) // 2
        inner = slice(border, border + self.size)
        cut: Tensor = values[..., inner, inner]
        return cut


def _doubling(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Upsample(scale_factor=2, mode="nearest"),
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class PixelScale(nn.Module):
    """The way between pixels in [0, 1] and the normalised input of the encoder.

    Until it has observed a run, it takes the run to normalise by the data set's own statistics.
    """

    offset: Tensor
    factor: Tensor

    def __init__(self, context: BuildContext) -> None:
        super().__init__()
        mean = torch.tensor(context.channel_mean or [0.0] * context.channels).view(1, -1, 1, 1)
        std = torch.tensor(context.channel_std or [1.0] * context.channels).view(1, -1, 1, 1)
        std = std.clamp_min(1e-3)
        self.register_buffer("offset", -mean / std)  # (1, channels, 1, 1)
        self.register_buffer("factor", 1.0 / std)

    @torch.no_grad()
    def observe(self, images: TrainingImages) -> None:
        """Learn the run's normalisation, which is affine in each channel."""
        black = images.normalised(torch.zeros_like(self.offset))
        white = images.normalised(torch.ones_like(self.offset))
        self.offset.copy_(black)
        self.factor.copy_(white - black)

    def pixels(self, views: Tensor) -> Tensor:
        """Return normalised views as pixels in [0, 1]."""
        return ((views - self.offset) / self.factor).clamp(0.0, 1.0)

    def normalised(self, pixels: Tensor) -> Tensor:
        """Return pixels as the encoder expects them."""
        return pixels * self.factor + self.offset
