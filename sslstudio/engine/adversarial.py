"""What games against a discriminator share: its view of images, and the prices of its scores.

With s the discriminator's scores, high for what looks real:
logistic (Goodfellow et al. 2014, arXiv:1406.2661): D minimises softplus(-s_real) +
softplus(s_fake); its adversaries minimise the same with the labels swapped, which keeps their
gradient alive where D is sure (section 3 there);
hinge (Lim & Ye 2017, arXiv:1705.02894): D minimises relu(1 - s_real) + relu(1 + s_fake), its
adversaries s_real - s_fake.
Several scores of one pair are added up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from sslstudio.engine.decoder import SMALLEST_MAP
from sslstudio.engine.parts import Anchor, ParameterGroup

Price = Literal["logistic", "hinge"]
SLOPE = 0.2


class ImageTrunk(nn.Module):
    """Halves an image down to 4 to 8 px and adds up what it finds; spectrally normed.

    Spectral norm (Miyato et al. 2018, arXiv:1802.05957) keeps a discriminator from growing
    steep; summing lets it take any size from 8 px.
    """

    def __init__(self, *, channels: int, size: int, width: int) -> None:
        super().__init__()
        halvings = (size // SMALLEST_MAP).bit_length() - 1
        widths = [channels, *[min(width * 2**level, 8 * width) for level in range(halvings)]]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers.append(spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1)))
            layers.append(nn.LeakyReLU(SLOPE))
        self.layers = nn.Sequential(*layers)
        self.dim = widths[-1]

    def forward(self, pixels: Tensor) -> Tensor:
        """Return what was seen in images in [0, 1]  # (batch, dim)."""
        seen: Tensor = self.layers(2.0 * pixels - 1.0)
        return seen.sum(dim=(2, 3))


class ImageCritic(nn.Module):
    """Judges single images by one score."""

    def __init__(self, *, channels: int, size: int, width: int) -> None:
        super().__init__()
        self.image = ImageTrunk(channels=channels, size=size, width=width)
        self.score = nn.Sequential(
            normed_layer(self.image.dim, 4 * width), normed_linear(4 * width, 1)
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Return a logit for each image in [0, 1], high where it looks real  # (batch, 1)."""
        logits: Tensor = self.score(self.image(pixels))
        return logits


def normed_layer(before: int, after: int) -> nn.Sequential:
    """Return a spectrally normed linear layer with a leaky ReLU."""
    return nn.Sequential(normed_linear(before, after), nn.LeakyReLU(SLOPE))


def normed_linear(before: int, after: int) -> nn.Module:
    """Return a spectrally normed linear layer."""
    layer: nn.Module = spectral_norm(nn.Linear(before, after))
    return layer


def judge_loss(real: Tensor, fake: Tensor, price: Price) -> Tensor:
    """Return what the discriminator minimises  # scores (batch, any) -> scalar."""
    if price == "hinge":
        return (F.relu(1.0 - real) + F.relu(1.0 + fake)).sum(dim=1).mean()
    return (F.softplus(-real) + F.softplus(fake)).sum(dim=1).mean()


def adversary_loss(real: Tensor, fake: Tensor, price: Price) -> Tensor:
    """Return what those minimise who want real and fake to look alike  # -> scalar."""
    if price == "hinge":
        return (real - fake).sum(dim=1).mean()
    return (F.softplus(real) + F.softplus(-fake)).sum(dim=1).mean()


def right_answers(real: Tensor, fake: Tensor) -> Tensor:
    """Return the share of pairs that the sum of their scores puts on the right side."""
    return torch.cat([real.sum(dim=1) > 0, fake.sum(dim=1) < 0]).float().mean()


def balance_anchors(values: dict[str, float]) -> tuple[Anchor, ...]:
    """Return anchors at the terms' values where the discriminator cannot tell."""
    meaning = "All scores are zero: real and painted look the same."
    return tuple(
        Anchor(term=term, label="cannot tell", value=value, meaning=meaning)
        for term, value in values.items()
    )


def balance(price: Price, scores: int = 1) -> tuple[float, float]:
    """Return the losses of the discriminator and of its adversaries where all scores are 0."""
    return (2.0 * scores, 0.0) if price == "hinge" else (math.log(4.0) * scores,) * 2


def parameter_group(parameters: Iterable[nn.Parameter], rate: float = 1.0) -> ParameterGroup:
    """Return the trainable ones as a group with a share of the learning rate."""
    return ParameterGroup(parameters=[p for p in parameters if p.requires_grad], rate=rate)
