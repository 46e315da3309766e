"""The pictures that a decoder is to paint, and what painting without looking would cost."""

from __future__ import annotations

import math
from typing import Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.parts import Anchor, BuildContext, TrainingImages

SMALLEST_ERROR: Final = 1e-12


class Originals(nn.Module):
    """Views as clean pixels of one size, and the mean image, the best answer that sees nothing.

    Until it has observed a run, the mean image is the mean colour of the data set.
    """

    mean_image: Tensor

    def __init__(self, context: BuildContext) -> None:
        super().__init__()
        self.scale = PixelScale(context)
        self.size = context.view_size
        self.channel_mean = context.channel_mean or (0.5,) * context.channels
        self.channel_variance = sum(std**2 for std in context.channel_std) / context.channels
        colour = torch.tensor(self.channel_mean).view(1, -1, 1, 1)
        shape = (1, context.channels, self.size, self.size)
        self.register_buffer("mean_image", colour.expand(shape).clone())

    def observe(self, images: TrainingImages) -> None:
        """Learn the run's normalisation and the mean of its images."""
        self.scale.observe(images)
        total = torch.stack([batch.sum(dim=0) for _, batch in images.batches()]).sum(dim=0)
        self.mean_image.copy_(self._sized(total[None] / images.count))

    def of(self, view: Tensor) -> Tensor:
        """Return a normalised view as clean pixels in [0, 1], at the size that is painted."""
        return self._sized(self.scale.pixels(view))

    def explained(self, errors: Tensor, clean: Tensor, weights: Tensor) -> Tensor:
        """Return 1 - error / error of the mean image, both weighted by pixel.

        Args:
            errors: squared errors of what was painted  # (batch, channels, size, size)
            clean: what should have been painted  # (batch, channels, size, size)
            weights: how much each pixel counts  # (batch, 1, size, size)
        """
        blind = (self.mean_image - clean).square() * weights
        # Images that are all alike leave the mean image no error; a tiny one keeps it finite, also
        # where no pixel counts.
        floor = (1e-6 * weights.sum() * clean.shape[1]).clamp_min(SMALLEST_ERROR)
        share: Tensor = (errors.detach() * weights).sum() / blind.sum().clamp_min(floor)
        return 1.0 - share

    def anchors(self, player: str = "") -> tuple[Anchor, ...]:
        """Return what the mean image gives, and perfection; `player` is a prefix such as `a: `."""
        return (
            Anchor(
                term=f"{player}explained",
                label="mean image",
                value=0.0,
                meaning="The mean of all training images does as well, whatever is looked at.",
                kind="chance",
            ),
            Anchor(
                term=f"{player}explained",
                label="perfect",
                value=1.0,
                meaning="Every pixel is painted exactly.",
                kind="bound",
            ),
        )

    def flat_colour(self, term: str, error: Literal["mse", "bce"]) -> tuple[Anchor, ...]:
        """Return the mean error of the mean colour, if the data set's is known: one or none.

        It is the squared error (mse), or the cross-entropy between black and white (bce).
        """
        if not self.channel_variance:
            return ()
        value = self.channel_variance
        if error == "bce":
            value = sum(_entropy(mean) for mean in self.channel_mean) / len(self.channel_mean)
        meaning = "Every pixel is painted in the mean colour of the data set."
        return (Anchor(term=term, label="flat colour", value=value, meaning=meaning),)

    def _sized(self, pixels: Tensor) -> Tensor:
        if pixels.shape[-1] == self.size:
            return pixels
        side = [self.size, self.size]
        return F.interpolate(pixels, side, mode="bilinear", antialias=True).clamp(0.0, 1.0)


def _entropy(share: float) -> float:
    """Return the cross-entropy of pixels with this mean when all are painted in it."""
    share = min(max(share, 1e-6), 1.0 - 1e-6)
    return -share * math.log(share) - (1.0 - share) * math.log(1.0 - share)
