"""Prototypical contrastive learning (Li et al. 2021, arXiv:2005.04966, eq. 9 to 12).

Expectation: before each epoch a momentum encoder embeds all images, and k-means clusters them at
M granularities into prototypes c, each with a concentration
    phi = sum over its Z points of |v - c| / (Z ln(Z + 10))                               (eq. 12)
scaled so that its mean is the temperature. Maximisation, per image with prototype s:
    loss = InfoNCE(q, key, queue) + mean over M of -log( e^{q c_s/phi_s} / sum_j e^{q c_j/phi_j} ).
The prototype term begins after a share of the budget (20 of 200 epochs in the paper).

Departures: both views ask and answer; all prototypes are negatives (the paper draws 16,000 of
100,000); prototypes of clusterings are the centroids of spherical k-means; phi lies between the
10th and 90th percentile of its clustering, as in the authors' code; batch norm is split as for
MoCo.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.average import follow, frozen_copy
from sslstudio.engine.clustering import BALANCED, Clustering, spherical_kmeans, usage
from sslstudio.engine.heads import ProjectorHidden, multilayer
from sslstudio.engine.modes import embedded, estimate_norms, full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages
from sslstudio.engine.split_norm import in_blocks, in_strides
from sslstudio.engine.step_memory import StepMemory
from sslstudio.engine.vector_queue import VectorQueue, queue_length

SMALLEST_CLUSTER: Final = 10
SMOOTHING: Final = 10
GROUPS: Final = 8


class PclSpec(ObjectiveSpec):
    """Contrast with other images, and with the prototypes of other clusters."""

    kind: Literal["pcl"] = "pcl"
    any_channels: ClassVar[bool] = True
    minimum_views: ClassVar[int] = 2
    chain: ClassVar[tuple[str, ...]] = ("projector",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("prototypes", "loss"),)
    clusters: Annotated[
        int | None,
        Range(2, 100_000, log=True),
        Ui("Clusters", "Of the finest clustering; empty makes them 10 images large."),
    ] = None
    granularities: Annotated[
        int, Range(1, 5), Ui("Granularities", "Clusterings, each half as fine as the one before.")
    ] = 3
    hidden: ProjectorHidden = 512
    dim: Annotated[
        int, Range(8, 1024, log=True), Ui("Dimensions", "Width of the embeddings.", unit="units")
    ] = 128
    temperature: Annotated[
        float,
        Range(0.01, 1.0, log=True),
        Ui("Temperature", "Of the images, and the mean concentration of prototypes.", live=True),
    ] = 0.2
    queue: Annotated[
        int | None,
        Range(16, 65_536, log=True),
        Ui("Queue", "Stored keys; empty takes a quarter of the images, at most 16,384."),
    ] = None
    momentum: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Momentum", "Share of the old weights that the averaged encoder keeps."),
    ] = 0.99
    instance_share: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Instance start", "Share of the budget before prototypes join.", unit="share"),
    ] = 0.1


class Pcl(Objective):
    """Encoder and projector, their slow average, stored keys and prototypes."""

    assignments: Tensor
    progress: Tensor
    usage: Tensor

    def __init__(self, spec: PclSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        sizes = [encoder.dim, spec.hidden, spec.dim]
        self.projector = multilayer(sizes, hidden_norm=True, output_norm=False)
        self.teacher = frozen_copy(self._online())
        self.queue = VectorQueue(
            queue_length(spec.queue, images, share=0.25, most=16_384), spec.dim
        )
        finest = min(images, spec.clusters or max(2, images // SMALLEST_CLUSTER))
        self.counts = [max(2, finest // 2**level) for level in range(spec.granularities)]
        for level, count in enumerate(self.counts):
            start = F.normalize(torch.randn(count, spec.dim), dim=1)
            self.register_buffer(f"prototypes{level}", start)
            self.register_buffer(f"concentration{level}", torch.ones(count))
        self.register_buffer("assignments", torch.zeros(len(self.counts), images).long())
        self.register_buffer("progress", torch.tensor(0.0))
        self.register_buffer("usage", torch.tensor(0.0))
        self._keys = StepMemory()

    def _online(self) -> nn.Sequential:
        return nn.Sequential(self.encoder, self.projector)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss, its two parts, and how evenly clusters are used."""
        del player
        online = self._online()
        views = batch.views[:2]
        queries = [F.normalize(in_blocks(online, v, GROUPS).float(), dim=1) for v in views]
        with torch.no_grad():
            found = [in_strides(self.teacher, view, GROUPS).float() for view in views]
        own = [F.normalize(key, dim=1) for key in found]
        if self.training:
            self._keys.add(*own)
        with full_precision(batch.indices):
            asked = zip(queries, reversed(own), strict=True)
            instance = torch.stack([self._instance(q, key) for q, key in asked]).mean()
            prototype = self._prototype(queries, batch.indices)
        joined = (self.progress >= self.spec.instance_share).float()
        return {
            "loss": instance + joined * prototype,
            "instance": instance.detach(),
            "prototype": prototype.detach(),
            "usage": self.usage.clone(),
        }

    def _instance(self, queries: Tensor, keys: Tensor) -> Tensor:
        positive = (queries * keys).sum(dim=1, keepdim=True)
        logits = torch.cat([positive, queries @ self.queue.vectors.T], dim=1)
        first = torch.zeros(len(queries), dtype=torch.int64, device=queries.device)
        return F.cross_entropy(logits / self.spec.temperature, first)

    def _prototype(self, queries: Sequence[Tensor], indices: Tensor) -> Tensor:
        asked = torch.cat(list(queries))
        losses = []
        for level in range(len(self.counts)):
            wanted = self.assignments[level][indices].repeat(len(queries))
            sharp = self.get_buffer(f"concentration{level}") * self.spec.temperature
            logits = asked @ self.get_buffer(f"prototypes{level}").T / sharp
            losses.append(F.cross_entropy(logits, wanted))
        return torch.stack(losses).mean()

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what constant embeddings cost against the queue, and how clusters may collapse."""
        stored = len(self.queue.vectors)
        return (
            Anchor(
                term="instance",
                label=f"all alike: ln({stored + 1:,})",
                value=math.log(stored + 1),
                meaning="Every embedding is the same, or the guess is blind.",
                kind="collapse",
            ),
            BALANCED,
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Embed all images by the averaged encoder and cluster them at every granularity."""
        if epoch == 0:
            estimate_norms(self._online(), images)
            self.teacher.load_state_dict(self._online().state_dict())
        points = F.normalize(embedded(self.teacher, images), dim=1)
        if epoch == 0:
            order = torch.randperm(len(points), generator=generator)[: len(self.queue.vectors)]
            self.queue.push(points[order.to(points.device)])
        used = []
        for level, count in enumerate(self.counts):
            found = spherical_kmeans(points, count, generator)
            self.get_buffer(f"prototypes{level}").copy_(found.centroids)
            self.get_buffer(f"concentration{level}").copy_(concentration(found))
            self.assignments[level] = found.assignments
            used.append(usage(found.assignments, count))
        self.usage.copy_(torch.stack(used).mean())

    def after_step(self, progress: float) -> None:
        """Let the averaged encoder follow and store this step's keys."""
        self.progress.fill_(progress)
        follow(self.teacher, self._online(), self.spec.momentum)
        for keys in self._keys.take():
            self.queue.push(keys)

    def encoder_replaced(self) -> None:
        """Let the averaged encoder start from the new weights."""
        self.teacher = frozen_copy(self._online())

    def project(self, h: Tensor) -> Tensor:
        """Return the embedding on the unit sphere  # (batch, dim) -> (batch, projector dim)."""
        return F.normalize(self.projector(h).float(), dim=1)

    def image_clusters(self) -> Tensor:
        """Return each training image's cluster in the finest clustering  # (images,)."""
        return self.assignments[0]

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature may change while training."""
        return {"objective": self}


def concentration(found: Clustering) -> Tensor:
    """Return each cluster's phi relative to their mean  # (clusters,)."""
    clusters = len(found.centroids)
    distances = (2.0 - 2.0 * found.cosines).clamp_min(0.0).sqrt()
    sums = torch.zeros(clusters, device=distances.device).index_add_(
        0, found.assignments, distances
    )
    sizes = torch.bincount(found.assignments, minlength=clusters)
    phi = sums / (sizes.clamp_min(1) * (sizes + SMOOTHING).float().log())
    # A cluster of one point has no width of its own; it takes the widest's.
    phi = torch.where(sizes > 1, phi, phi.max())
    low, high = phi.quantile(0.1), phi.quantile(0.9)
    phi = phi.clamp(low, high).clamp_min(1e-6)
    return phi / phi.mean()


def build(spec: PclSpec, context: BuildContext) -> Pcl:
    """Return the objective with a queue and clusters for the run's training images."""
    return Pcl(spec, context.require_encoder(), context.train_images)


ENTRY = Entry(
    title="Prototypical contrast",
    spec=PclSpec,
    build=build,
    summary="Images are told from stored images and from the prototypes of other clusters.",
    citation="Li et al. 2021, arXiv:2005.04966",
)
