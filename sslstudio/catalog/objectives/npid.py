"""Instance discrimination with a memory bank (Wu et al. 2018, arXiv:1805.01978).

Every training image is a class of its own, whose weight is its stored embedding v_i:
P(i|f) = exp(v_i f / T) / sum_j exp(v_j f / T) (eq. 2), loss = -log P(i|f_i). Up to 20,000 images
the sum runs over all of them. Beyond, the paper's noise-contrastive estimate is used (eq. 4-7:
h = P / (P + m/n), loss = -log h(i, f) - sum of log(1 - h(j, f)) over m noise images, Z estimated
from the first batch), or, if chosen, a sampled softmax whose m negatives stand for all n - 1.
After the step v_i <- norm(.5 v_i + .5 f_i). The proximal term lambda |f_i - v_i|^2 is eq. 8.

Departures: the bank starts with the embeddings of all un-augmented images instead of random
vectors (1500 digits, full sum, first epoch: the loss falls to 6.6 instead of rising to 12.2; with
NCE and m = 64 the random start never recovered: the fixed Z was two orders too small); one set of
m noise images serves the whole batch (a matrix product instead of batch x m gathered vectors);
several views of an image share its class and are averaged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.modes import estimate_norms, full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages

FULL_SOFTMAX_IMAGES: Final = 20_000


class NpidSpec(ObjectiveSpec):
    """Find each image again among all stored ones."""

    kind: Literal["npid"] = "npid"
    any_channels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("head",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("bank", "loss"),)
    dim: Annotated[
        int,
        Range(8, 1024, log=True),
        Ui("Dimensions", "Width of the stored embeddings.", unit="units"),
    ] = 128
    temperature: Annotated[
        float,
        Range(0.01, 1.0, log=True),
        Ui("Temperature", "Smaller values look at the nearest images only.", live=True),
    ] = 0.07
    momentum: Annotated[
        float,
        Range(0.0, 0.99),
        Ui(
            "Momentum", "Share of a stored embedding that stays when its image comes by.", live=True
        ),
    ] = 0.5
    estimator: Annotated[
        Literal["auto", "full", "nce", "sampled"],
        Ui(
            "Denominator",
            "Full sums over all images; NCE and sampled draw negatives; "
            "auto is full up to 20,000 images, then NCE.",
        ),
    ] = "auto"
    negatives: Annotated[
        int,
        Range(16, 65536, log=True),
        Ui("Negatives", "Stored images drawn in a step by NCE and sampled.", unit="images"),
    ] = 4096
    proximal: Annotated[
        float,
        Range(0.0, 50.0),
        Ui("Proximal", "Weight that ties an embedding to its stored one.", advanced=True),
    ] = 0.0


class InstanceDiscrimination(Objective):
    """Encoder, a linear head to the unit sphere, and the bank."""

    log_normaliser: Tensor

    def __init__(self, spec: NpidSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.head = nn.Linear(encoder.dim, spec.dim)
        self.bank = MemoryBank(images, spec.dim)
        self.images = images
        self.estimator = spec.estimator
        if spec.estimator == "auto":
            self.estimator = "full" if images <= FULL_SOFTMAX_IMAGES else "nce"
        # log Z of eq. 4, not finite until the first batch estimated it.
        self.register_buffer("log_normaliser", torch.tensor(-torch.inf))
        self._seen: tuple[Tensor, Tensor] | None = None

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the instance loss and the mean cosine between embeddings and their entries."""
        del player
        embedded = [self.project(self.encoder(view)) for view in batch.views]
        stored = self.bank.rows(batch.indices)
        with full_precision(stored):
            losses = [self._instance_loss(z, batch.indices) for z in embedded]
        distance = torch.stack([(z - stored).square().sum(dim=1).mean() for z in embedded]).mean()
        self._seen = (batch.indices, torch.stack(embedded).mean(dim=0).detach())
        loss = torch.stack(losses).mean() + self.spec.proximal * distance
        return {"loss": loss, "agreement": 1.0 - distance.detach() / 2.0}

    def _instance_loss(self, z: Tensor, indices: Tensor) -> Tensor:
        temperature = self.spec.temperature
        if self.estimator == "full":
            return F.cross_entropy(z @ self.bank.vectors.T / temperature, indices)
        drawn = torch.randint(self.images, (self.spec.negatives,), device=z.device)
        positive = (z * self.bank.rows(indices)).sum(dim=1, keepdim=True) / temperature
        negative = z @ self.bank.rows(drawn).T / temperature  # (batch, negatives)
        if self.estimator == "nce":
            return self._contrastive_loss(positive, negative)
        return _sampled_loss(positive, negative, drawn == indices[:, None], self.images)

    def _contrastive_loss(self, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the noise-contrastive loss; h = sigmoid(s / T - log Z - log(m / n))."""
        estimate = negative.detach().logsumexp(dim=(0, 1)) - math.log(negative.numel())
        known = self.log_normaliser.isfinite()
        self.log_normaliser.copy_(
            torch.where(known, self.log_normaliser, estimate + math.log(self.images))
        )
        shift = self.log_normaliser + math.log(self.spec.negatives / self.images)
        data = F.softplus(shift - positive).mean()
        noise = F.softplus(negative - shift).sum(dim=1).mean()
        return data + noise

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the loss of an embedding that tells no image from another."""
        if self.estimator == "nce":
            m = self.spec.negatives
            value = math.log(1 + m) + m * math.log1p(1 / m)
            label = "ln(1 + m) + m ln(1 + 1/m)"
        else:
            value, label = math.log(self.images), "ln n"
        meaning = "Every stored image looks equally likely."
        return (Anchor(term="loss", label=label, value=value, meaning=meaning, kind="chance"),)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, fill the bank with embeddings of the un-augmented images."""
        del generator
        if epoch == 0:
            network = nn.Sequential(self.encoder, self.head)
            estimate_norms(network, images)
            self.bank.fill(network, images)

    def after_step(self, progress: float) -> None:
        """Mix the embeddings of this step into the bank, so that the loss saw the older ones."""
        del progress
        if self._seen is not None:
            self.bank.update(*self._seen, keep=self.spec.momentum)
            self._seen = None

    def project(self, h: Tensor) -> Tensor:
        """Return the embedding on the unit sphere  # (batch, dim) -> (batch, bank dim)."""
        return F.normalize(self.head(h).float(), dim=1)

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature and momentum may change while training."""
        return {"objective": self}


def _sampled_loss(positive: Tensor, negative: Tensor, is_self: Tensor, images: int) -> Tensor:
    """Return -log softmax with the drawn negatives weighted to stand for all images - 1."""
    others = (~is_self).sum(dim=1, keepdim=True).clamp_min(1)
    weighted = negative + ((images - 1) / others).log()
    weighted = weighted.masked_fill(is_self, -torch.inf)
    logits = torch.cat([positive, weighted], dim=1)
    return (logits.logsumexp(dim=1) - positive[:, 0]).mean()


def build(spec: NpidSpec, context: BuildContext) -> InstanceDiscrimination:
    """Return the objective with a bank for the run's training images."""
    return InstanceDiscrimination(spec, context.require_encoder(), context.train_images)


ENTRY = Entry(
    title="Instance discrimination",
    spec=NpidSpec,
    build=build,
    summary="Each image is its own class; a memory bank holds one embedding of every image.",
    citation="Wu et al. 2018, arXiv:1805.01978",
)
