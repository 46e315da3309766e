"""Instance discrimination with a memory bank (Wu et al. 2018, arXiv:1805.01978).

Every training image is a class of its own, whose weight is its stored embedding v_i:
P(i|f) = exp(v_i f / T) / sum_j exp(v_j f / T) (eq. 2), loss = -log P(i|f_i). Up to 20,000 images
the sum runs over all of them. Beyond, the paper's noise-contrastive estimate is used (eq. 4-8:
h = P / (P + m/n), loss = -log h(i, f) - sum of log(1 - h(j, f)) over m noise images, Z estimated
from the first batch), or, if chosen, a sampled softmax whose m negatives stand for all n - 1.
After the step v_i <- norm(.5 v_i + .5 f_i), as in the authors' code. The proximal term
lambda |f_i - v_i|^2 is eq. 9.

Departures: the bank starts with the embeddings of all un-augmented images instead of random
vectors (1500 digits, full sum, first epoch: the loss falls to 6.6 instead of rising to 12.2; with
NCE and m = 64 the random start never recovered: the fixed Z was two orders too small); one set of
m noise images serves the whole batch (a matrix product instead of batch x m gathered vectors);
several views of an image share its class and are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.bank_contrast import (
    BankContrast,
    BankDim,
    BankEstimator,
    BankMomentum,
    BankNegatives,
    BankTemperature,
)
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages


class NpidSpec(ObjectiveSpec):
    """Find each image again among all stored ones."""

    kind: Literal["npid"] = "npid"
    any_channels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("head",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("bank", "loss"),)
    dim: BankDim = 128
    temperature: BankTemperature = 0.07
    momentum: BankMomentum = 0.5
    estimator: BankEstimator = "auto"
    negatives: BankNegatives = 4096
    proximal: Annotated[
        float,
        Range(0.0, 50.0),
        Ui("Proximal", "Weight that ties an embedding to its stored one.", advanced=True),
    ] = 0.0


class InstanceDiscrimination(Objective):
    """Encoder, a linear head to the unit sphere, and the bank."""

    def __init__(self, spec: NpidSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.head = nn.Linear(encoder.dim, spec.dim)
        self.bank = MemoryBank(images, spec.dim)
        self.contrast = BankContrast(images, estimator=spec.estimator, negatives=spec.negatives)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the instance loss and the mean cosine between embeddings and their entries."""
        del player
        embedded = [self.project(self.encoder(view)) for view in batch.views]
        stored = self.bank.rows(batch.indices)
        temperature = self.spec.temperature
        with full_precision(stored):
            losses = [
                self.contrast.loss(z, self.bank, batch.indices, temperature) for z in embedded
            ]
        distance = torch.stack([(z - stored).square().sum(dim=1).mean() for z in embedded]).mean()
        self.bank.note(batch.indices, embedded)
        loss = torch.stack(losses).mean() + self.spec.proximal * distance
        return {"loss": loss, "agreement": 1.0 - distance.detach() / 2.0}

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the loss of an embedding that tells no image from another."""
        return (self.contrast.anchor(),)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, fill the bank with embeddings of the un-augmented images."""
        del generator
        if epoch == 0:
            self.bank.begin(nn.Sequential(self.encoder, self.head), images)

    def after_step(self, progress: float) -> None:
        """Mix the embeddings of this step into the bank, so that the loss saw the older ones."""
        del progress
        self.bank.absorb(self.spec.momentum)

    def project(self, h: Tensor) -> Tensor:
        """Return the embedding on the unit sphere  # (batch, dim) -> (batch, bank dim)."""
        return F.normalize(self.head(h).float(), dim=1)

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature and momentum may change while training."""
        return {"objective": self}


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
