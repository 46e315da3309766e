"""DeepCluster-v2 (Caron et al. 2020, arXiv:2006.09882, appendix D).

A bank keeps the embedding z that each view of each image had when it was last seen. Before every
epoch spherical k-means clusters the bank once per head; the unit centroids c_k become that head's
fixed classifier, and all views are classified into their image's cluster:
loss = mean over heads and views of -log softmax(z C^T / .1)_assignment.
Even heads cluster the bank of the first view, odd heads that of the second.

Departures: the first bank holds un-augmented images, embedded after the batch-norm statistics
were estimated; seeds are k-means++, not random points; empty clusters restart at the worst
explained points; the number of clusters follows the number of images (below).
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
from sslstudio.engine.clustering import Rounds, cluster_anchors, spherical_kmeans, usage
from sslstudio.engine.heads import ProjectorHidden, multilayer
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.modes import estimate_norms, full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages
from sslstudio.engine.scaling import count_for
from sslstudio.engine.step_memory import StepMemory

PAPER_CLUSTERS: Final = 3000
SMALLEST_CLUSTER: Final = 8


class DeepClusterSpec(ObjectiveSpec):
    """Classify images into clusters of last epoch's embeddings."""

    kind: Literal["deepcluster-v2"] = "deepcluster-v2"
    any_channels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("projector",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("centroids", "loss"),)
    minimum_views: ClassVar[int] = 2
    clusters_per_head: Annotated[
        int | None,
        Range(2, 100_000, log=True),
        Ui(
            "Clusters",
            "Clusters of each head; empty chooses 3000 at ImageNet's size, falling with the "
            "root of the number of images.",
        ),
    ] = None
    heads: Annotated[
        int, Range(1, 10), Ui("Heads", "Independent clusterings of the same embeddings.")
    ] = 3
    hidden: ProjectorHidden = 512
    dim: Annotated[
        int,
        Range(8, 1024, log=True),
        Ui("Dimensions", "Width of the embeddings that are clustered.", unit="units"),
    ] = 128
    temperature: Annotated[
        float,
        Range(0.01, 1.0, log=True),
        Ui("Temperature", "Smaller values ask for surer answers.", live=True),
    ] = 0.1
    iterations: Rounds = 10


class DeepCluster(Objective):
    """Encoder, projector, banks of embeddings, and clusterings as classifiers."""

    centroids: Tensor
    assignments: Tensor
    usage: Tensor

    def __init__(self, spec: DeepClusterSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        sizes = [encoder.dim, spec.hidden, spec.dim]
        self.projector = multilayer(sizes, hidden_norm=True, output_norm=False)
        self.first_bank = MemoryBank(images, spec.dim)
        self.second_bank = MemoryBank(images, spec.dim)
        self.clusters = count_for(
            images,
            spec.clusters_per_head,
            at_imagenet=PAPER_CLUSTERS,
            smallest=SMALLEST_CLUSTER,
            field="objective.clusters_per_head",
        )
        start = F.normalize(torch.randn(spec.heads, self.clusters, spec.dim), dim=2)
        self.register_buffer("centroids", start)  # (heads, clusters, dim)
        self.register_buffer("assignments", torch.zeros(spec.heads, images, dtype=torch.int64))
        self.register_buffer("usage", torch.tensor(0.0))
        self._seen = StepMemory()

    @property
    def banks(self) -> tuple[MemoryBank, MemoryBank]:
        """The stored embeddings of the first and of the second view."""
        return self.first_bank, self.second_bank

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the cross-entropy to the assigned clusters, the share hit, and cluster usage."""
        del player
        embedded = [self.project(self.encoder(view)) for view in batch.views]
        if self.training:
            self._seen.add(batch.indices, *embedded[:2])
        wanted = self.assignments[:, batch.indices]  # (heads, batch)
        with full_precision(wanted):
            answers = [z @ self.centroids.mT for z in embedded]  # each (heads, batch, clusters)
            logits = torch.stack(answers) / self.spec.temperature
            wanted = wanted.expand(len(answers), -1, -1)
            loss = F.cross_entropy(logits.flatten(0, 2), wanted.flatten())
        hits = (logits.argmax(dim=3) == wanted).float().mean()
        return {"loss": loss, "accuracy": hits, "usage": self.usage.clone()}

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing and a single cluster give."""
        return cluster_anchors(self.clusters)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Cluster the banks anew; before the first epoch, fill them."""
        if epoch == 0:
            self._fill_banks(images)
        used = []
        for head in range(self.spec.heads):
            bank = self.banks[head % 2].vectors
            found = spherical_kmeans(bank, self.clusters, generator, self.spec.iterations)
            self.centroids[head] = found.centroids
            self.assignments[head] = found.assignments
            used.append(usage(found.assignments, self.clusters))
        self.usage.copy_(torch.stack(used).mean())

    def _fill_banks(self, images: TrainingImages) -> None:
        network = nn.Sequential(self.encoder, self.projector)
        estimate_norms(network, images)
        for bank in self.banks:
            bank.fill(network, images)

    def after_step(self, progress: float) -> None:
        """Store this step's embeddings for the next clustering."""
        del progress
        if seen := self._seen.take():
            indices, *embedded = seen
            for bank, z in zip(self.banks, embedded, strict=True):
                bank.update(indices, z)

    def project(self, h: Tensor) -> Tensor:
        """Return the embedding on the unit sphere  # (batch, dim) -> (batch, projector dim)."""
        return F.normalize(self.projector(h).float(), dim=1)

    def image_clusters(self) -> Tensor:
        """Return each training image's cluster in the first clustering  # (images,)."""
        return self.assignments[0]

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature may change while training."""
        return {"objective": self}


def build(spec: DeepClusterSpec, context: BuildContext) -> DeepCluster:
    """Return the objective with banks and clusters for the run's training images."""
    return DeepCluster(spec, context.require_encoder(), context.train_images)


ENTRY = Entry(
    title="DeepCluster-v2",
    spec=DeepClusterSpec,
    build=build,
    summary="Cluster all embeddings before each epoch and learn to name every image's cluster.",
    citation="Caron et al. 2020, arXiv:2006.09882",
)
