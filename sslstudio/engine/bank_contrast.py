"""Finding an image again among stored embeddings: what objectives with a memory bank share."""

from __future__ import annotations

import math
from typing import Annotated, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.parts import Anchor

FULL_SOFTMAX_IMAGES: Final = 20_000

BankDim = Annotated[
    int,
    Range(8, 1024, log=True),
    Ui("Dimensions", "Width of the stored embeddings.", unit="units"),
]
BankTemperature = Annotated[
    float,
    Range(0.01, 1.0, log=True),
    Ui("Temperature", "Smaller values look at the nearest images only.", live=True),
]
BankMomentum = Annotated[
    float,
    Range(0.0, 0.99),
    Ui("Momentum", "Share of a stored embedding that stays when its image comes by.", live=True),
]
Estimator = Literal["auto", "full", "nce", "sampled"]
BankEstimator = Annotated[
    Estimator,
    Ui(
        "Denominator",
        "Full sums over all images; NCE and sampled draw negatives; "
        "auto is full up to 20,000 images, then NCE.",
    ),
]
BankNegatives = Annotated[
    int,
    Range(16, 65536, log=True),
    Ui("Negatives", "Stored images drawn in a step by NCE and sampled.", unit="images"),
]


class BankContrast(nn.Module):
    """The price of telling an image's stored embedding from the others' (Wu et al. 2018, eq. 2-8).

    `full` is the softmax over all stored images, `nce` the noise-contrastive estimate with m drawn
    ones, `sampled` a softmax in which the m drawn ones stand for all n - 1.
    """

    log_normaliser: Tensor

    def __init__(self, images: int, *, estimator: Estimator, negatives: int) -> None:
        super().__init__()
        self.images = images
        self.negatives = negatives
        self.estimator = estimator
        if estimator == "auto":
            self.estimator = "full" if images <= FULL_SOFTMAX_IMAGES else "nce"
        # log Z of eq. 5, not finite until the first batch estimated it.
        self.register_buffer("log_normaliser", torch.tensor(-torch.inf))

    def loss(self, z: Tensor, bank: MemoryBank, indices: Tensor, temperature: float) -> Tensor:
        """Return the mean price of unit vectors among the bank's  # (batch, dim) -> ()."""
        if self.estimator == "full":
            return F.cross_entropy(z @ bank.vectors.T / temperature, indices)
        drawn = torch.randint(self.images, (self.negatives,), device=z.device)
        positive = (z * bank.rows(indices)).sum(dim=1, keepdim=True) / temperature
        negative = z @ bank.rows(drawn).T / temperature  # (batch, negatives)
        if self.estimator == "nce":
            return noise_contrastive(positive, negative, self._shift(negative))
        return _sampled_loss(positive, negative, drawn == indices[:, None], self.images)

    def _shift(self, negative: Tensor) -> Tensor:
        """Return log Z + log(m / n), Z estimated from the first batch."""
        estimate = negative.detach().logsumexp(dim=(0, 1)) - math.log(negative.numel())
        known = self.log_normaliser.isfinite()
        self.log_normaliser.copy_(
            torch.where(known, self.log_normaliser, estimate + math.log(self.images))
        )
        return self.log_normaliser + math.log(self.negatives / self.images)

    def anchor(self, term: str = "loss") -> Anchor:
        """Return the price of an embedding that tells no image from another."""
        if self.estimator == "nce":
            return noise_anchor(self.negatives, term)
        return Anchor(
            term=term,
            label="ln n",
            value=math.log(self.images),
            meaning="Every stored image looks equally likely.",
            kind="chance",
        )


def noise_contrastive(positive: Tensor, negative: Tensor, shift: Tensor) -> Tensor:
    """Return -log h(positive) - sum of log(1 - h(negative)), h = sigmoid(s - shift), averaged.

    Args:
        positive: similarity over temperature to the right one  # (batch, 1)
        negative: the same to noise; -inf leaves one out  # (batch, negatives)
        shift: log of what the noise weighs  # () or (batch, 1)
    """
    data = F.softplus(shift - positive).mean()
    noise = F.softplus(negative - shift).sum(dim=1).mean()
    return data + noise


def noise_anchor(negatives: int, term: str = "loss") -> Anchor:
    """Return what an embedding costs for which every h is 1 / (1 + m)."""
    m = negatives
    return Anchor(
        term=term,
        label="ln(1 + m) + m ln(1 + 1/m)",
        value=math.log(1 + m) + m * math.log1p(1 / m),
        meaning="Every stored image looks equally likely.",
        kind="chance",
    )


def _sampled_loss(positive: Tensor, negative: Tensor, is_self: Tensor, images: int) -> Tensor:
    """Return -log softmax with the drawn negatives weighted to stand for all images - 1."""
    others = (~is_self).sum(dim=1, keepdim=True).clamp_min(1)
    weighted = negative + ((images - 1) / others).log()
    weighted = weighted.masked_fill(is_self, -torch.inf)
    logits = torch.cat([positive, weighted], dim=1)
    return (logits.logsumexp(dim=1) - positive[:, 0]).mean()
