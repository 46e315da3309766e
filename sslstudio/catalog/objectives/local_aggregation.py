"""Local aggregation (Zhuang, Zhai & Yamins 2019, arXiv:1903.12355, eq. 3 to 5).

A memory bank holds one embedding v_j of each image. For image i, the background neighbours B_i
are its nearest in the bank, the close neighbours C_i those that share its cluster in at least one
of several clusterings (eq. 4). With P(A | v) = sum over j in A of exp(v_j v / T) / Z,
    loss = -log P(C_i and B_i | v) / P(B_i | v)                                       (eq. 3, 5)
pulls close neighbours in and pushes the other background neighbours away; Z cancels. Training
begins as instance discrimination (-log of the softmax over all images, section 3.3).

Departures: clusterings are made anew each epoch, by spherical k-means from different seeds, not
continuously; the image itself belongs to both sets; the first bank holds un-augmented images; the
start as instance discrimination takes a share of the budget, not ten epochs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.bank_contrast import BankDim, BankMomentum, BankTemperature
from sslstudio.engine.clustering import spherical_kmeans
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages

CLUSTER_SIZE: Final = 40
"""The paper's 30,000 clusters of 1.28 million images hold 43 each."""
BACKGROUND_SHARE: Final = 0.05
LARGEST_BACKGROUND: Final = 4096


class LocalAggregationSpec(ObjectiveSpec):
    """Move towards the neighbours that share a cluster, away from those that do not."""

    kind: Literal["local-aggregation"] = "local-aggregation"
    any_channels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("head",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("bank", "loss"),)
    dim: BankDim = 128
    temperature: BankTemperature = 0.07
    momentum: BankMomentum = 0.5
    background: Annotated[
        int | None,
        Range(2, 65_536, log=True),
        Ui("Background", "Nearest images compared with; empty takes 5 % of them, at most 4,096."),
    ] = None
    clusters: Annotated[
        int | None,
        Range(2, 100_000, log=True),
        Ui("Clusters", "Clusters of each clustering; empty makes them 40 images large."),
    ] = None
    clusterings: Annotated[
        int, Range(1, 20), Ui("Clusterings", "Images that meet in any of them are close.")
    ] = 3
    instance_share: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Instance start",
            "Share of the budget in which images are told apart before neighbours are gathered.",
            unit="share",
        ),
    ] = 0.2


class LocalAggregation(Objective):
    """Encoder, a linear head to the unit sphere, the bank, and clusterings of it."""

    assignments: Tensor
    progress: Tensor

    def __init__(self, spec: LocalAggregationSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.head = nn.Linear(encoder.dim, spec.dim)
        self.bank = MemoryBank(images, spec.dim)
        largest = min(LARGEST_BACKGROUND, round(BACKGROUND_SHARE * images))
        self.background = min(images, spec.background or max(8, largest))
        self.clusters = min(images, spec.clusters or max(2, images // CLUSTER_SIZE))
        self.register_buffer(
            "assignments", torch.zeros(spec.clusterings, images, dtype=torch.int64)
        )
        self.register_buffer("progress", torch.tensor(0.0))

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss, the share of neighbours that are close, and where close ones lie."""
        del player
        embedded = [self.project(self.encoder(view)) for view in batch.views]
        self.bank.note(batch.indices, embedded)
        with full_precision(batch.indices):
            found = [self._losses(z, batch.indices) for z in embedded]
        instance, local, close = (torch.stack(values).mean() for values in zip(*found, strict=True))
        gathering = self.progress >= self.spec.instance_share
        return {
            "loss": torch.where(gathering, local, instance),
            "instance loss": instance.detach(),
            "gathering loss": local.detach(),
            "close neighbours": close,
        }

    def _losses(self, z: Tensor, indices: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logits = z @ self.bank.vectors.T / self.spec.temperature  # (batch, images)
        instance = F.cross_entropy(logits, indices)
        # The image itself stands first among its neighbours, wherever its entry lies.
        ranked = logits.detach().scatter(1, indices[:, None], torch.inf)
        near = ranked.topk(self.background, dim=1).indices  # (batch, background)
        close = (self.assignments[:, near] == self.assignments[:, indices, None]).any(dim=0)
        around = logits.gather(1, near)
        inner = around.masked_fill(~close, -torch.inf)
        local = (around.logsumexp(dim=1) - inner.logsumexp(dim=1)).mean()
        return instance, local, close.float().mean()

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what blindness costs at first, and the floor."""
        return (
            Anchor(
                term="instance loss",
                label="ln n",
                value=float(torch.tensor(float(len(self.bank.vectors))).log()),
                meaning="Every stored image looks equally likely.",
                kind="chance",
            ),
            Anchor(
                term="loss",
                label="floor",
                value=0.0,
                meaning="All near neighbours are close ones.",
                kind="bound",
            ),
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Cluster the bank several times; before the first epoch, fill it."""
        if epoch == 0:
            self.bank.begin(nn.Sequential(self.encoder, self.head), images)
        for number in range(self.spec.clusterings):
            found = spherical_kmeans(self.bank.vectors, self.clusters, generator)
            self.assignments[number] = found.assignments

    def after_step(self, progress: float) -> None:
        """Mix the embeddings of this step into the bank."""
        self.progress.fill_(progress)
        self.bank.absorb(self.spec.momentum)

    def project(self, h: Tensor) -> Tensor:
        """Return the embedding on the unit sphere  # (batch, dim) -> (batch, bank dim)."""
        return F.normalize(self.head(h).float(), dim=1)

    def image_clusters(self) -> Tensor:
        """Return each training image's cluster in the first clustering  # (images,)."""
        return self.assignments[0]

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature and momentum may change while training."""
        return {"objective": self}


def build(spec: LocalAggregationSpec, context: BuildContext) -> LocalAggregation:
    """Return the objective with a bank for the run's training images."""
    return LocalAggregation(spec, context.require_encoder(), context.train_images)


ENTRY = Entry(
    title="Local aggregation",
    spec=LocalAggregationSpec,
    build=build,
    summary="Neighbours that share a cluster come closer, the other neighbours move away.",
    citation="Zhuang et al. 2019, arXiv:1903.12355",
)
