"""Dropped colour channels (Doersch et al. 2015, arXiv:1505.05192, section 3.1).

Lenses bend colours differently, and a network can read a patch's place in the picture from that.
The paper drops two of three channels and puts Gaussian noise with a hundredth of the kept
channel's deviation in their place. One channel always stays: grey images do not change.

Departures: the noise lies around the training images' mean, as pixels here are in [0, 1] and the
paper's have mean 0; on request fewer channels are dropped, or others fill their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.noise import NUMBERS, normal_noise, uniform_noise
from sslstudio.engine.imaging.operation import Operation, sent
from sslstudio.engine.parts import BuildContext

FAINT = 0.01


class ChannelDropSpec(AugmentationSpec):
    """Takes one or two colour channels away; the number of channels stays."""

    kind: Literal["channel-drop"] = "channel-drop"
    dropped: Annotated[
        int, Range(1, 2), Ui("Dropped", "How many of the channels are lost.", unit="channels")
    ] = 2
    fill: Annotated[
        Literal["noise", "black", "kept"],
        Ui("Fill", "Instead of a lost channel: faint noise, black, or the mean of those kept."),
    ] = "noise"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that lose channels.", unit="share"),
    ] = 1.0


class ChannelDrop(Operation):
    """Drops other channels in each chosen image."""

    numbers = 1 + 2 * NUMBERS

    def __init__(self, spec: ChannelDropSpec, channels: int, mean: Sequence[float]) -> None:
        self.spec = spec
        levels = tuple(mean) if len(mean) == channels else (0.5,) * channels
        self.levels = torch.tensor(levels, dtype=torch.float32).view(1, -1, 1, 1)

    def kept(self, numbers: Tensor, channels: int) -> Tensor:
        """Return 1.0 for the channels that stay  # (batch, channels, 1, 1)."""
        dropped = min(self.spec.dropped, channels - 1)
        rank = uniform_noise(numbers, channels).argsort(dim=1).argsort(dim=1)
        return (rank >= dropped).to(numbers.dtype).view(-1, channels, 1, 1)

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some have lost channels; overwrites `images`."""
        if images.shape[1] == 1:
            return images

        def change(part: Tensor, rows: Rows) -> Tensor:
            kept = self.kept(numbers[rows, 1 : 1 + NUMBERS], part.shape[1])
            filling = self._filling(part, kept, numbers[rows, 1 + NUMBERS :])
            return part.mul_(kept).add_(filling * (1.0 - kept)).clamp_(0.0, 1.0)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)

    def _filling(self, images: Tensor, kept: Tensor, numbers: Tensor) -> Tensor:
        share = kept.sum(dim=1, keepdim=True)
        remaining = (images * kept).sum(dim=1, keepdim=True) / share
        if self.spec.fill == "kept":
            return remaining
        if self.spec.fill == "black":
            return torch.zeros_like(remaining)
        deviation = remaining.std(dim=(2, 3), keepdim=True) * FAINT
        noise = normal_noise(numbers, images[0].numel()).view_as(images)
        return noise.mul_(deviation).add_(sent(self.levels, images.device))


def build(spec: ChannelDropSpec, context: BuildContext) -> ChannelDrop:
    """Return the operation with the run's mean colour."""
    return ChannelDrop(spec, context.channels, context.channel_mean)


ENTRY = Entry(
    title="Channel drop",
    spec=ChannelDropSpec,
    build=build,
    summary="Leaves one or two colours, so that the lens does not give the answer away.",
    citation="Doersch et al. 2015, arXiv:1505.05192",
    group="Colour",
)
