"""From a representation to a code: one point, or a Gaussian that codes are drawn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, NamedTuple

import torch
from torch import Tensor, nn

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.modes import full_precision

LARGEST_LOG_VARIANCE = 10.0

CodeLength = Annotated[
    int,
    Range(2, 512, log=True),
    Ui("Latent", "Length of the code that images are painted from.", unit="units"),
]
"""A field of objectives that paint from codes, by the name `latent`."""


class CodeHead(nn.Module, ABC):
    """A layer from h to codes."""

    @abstractmethod
    def mean(self, h: Tensor) -> Tensor:
        """Return the most likely code  # (batch, dim) -> (batch, latent)."""

    @abstractmethod
    def drawn(self, h: Tensor) -> Tensor:
        """Return a code as the objective uses it  # (batch, dim) -> (batch, latent)."""


class PointHead(CodeHead):
    """A linear layer: one code for each h."""

    def __init__(self, dim: int, latent: int) -> None:
        super().__init__()
        self.layer = nn.Linear(dim, latent)

    def mean(self, h: Tensor) -> Tensor:
        """Return the code  # (batch, dim) -> (batch, latent)."""
        code: Tensor = self.layer(h)
        return code

    def drawn(self, h: Tensor) -> Tensor:
        """Return the code  # (batch, dim) -> (batch, latent)."""
        return self.mean(h)


class Gaussian(NamedTuple):
    """Independent normal distributions, one for each image and unit."""

    mean: Tensor  # (batch, latent), float32
    log_variance: Tensor  # (batch, latent), float32

    def drawn(self) -> Tensor:
        """Return mean + deviation * noise, through which gradients pass  # (batch, latent)."""
        return self.mean + (0.5 * self.log_variance).exp() * torch.randn_like(self.mean)

    def divergence(self) -> Tensor:
        """Return KL(N(mean, variance) || N(0, 1)) of each unit in nats  # (batch, latent)."""
        variance = self.log_variance.exp()
        return 0.5 * (self.mean.square() + variance - self.log_variance - 1.0)


class GaussianHead(CodeHead):
    """A linear layer to mean and log variance; the log variance is kept within +-10."""

    def __init__(self, dim: int, latent: int) -> None:
        super().__init__()
        self.layer = nn.Linear(dim, 2 * latent)

    def forward(self, h: Tensor) -> Gaussian:
        """Return the codes' distribution  # (batch, dim)."""
        with full_precision(h):
            mean, spread = self.layer(h.float()).chunk(2, dim=1)
            limit = LARGEST_LOG_VARIANCE
            return Gaussian(mean, spread.clamp(-limit, limit))

    def mean(self, h: Tensor) -> Tensor:
        """Return the mean  # (batch, dim) -> (batch, latent)."""
        distribution: Gaussian = self(h)
        return distribution.mean

    def drawn(self, h: Tensor) -> Tensor:
        """Return a random code  # (batch, dim) -> (batch, latent)."""
        distribution: Gaussian = self(h)
        return distribution.drawn()
