"""DeepCluster (Caron et al. 2018, arXiv:1807.05520, eq. 1 and 2).

Before every epoch the representations h of all un-augmented images are reduced to `components`
principal components, whitened and scaled to unit length (section 4.1), and k-means cuts them into
K clusters, the epoch's pseudo-labels y. A linear classifier, drawn anew because cluster numbers
mean nothing across epochs, learns them: loss = mean of -log softmax(W h(view) + b)_y.
So that large clusters do not swallow the rest, images are drawn uniformly over pseudo-labels
(section 3.3).

Departures: instead of drawing them so, each image's loss is weighted by N / (K x cluster size),
which has the same expectation; k-means works on the sphere, where it is equal up to the length of
the centroids; empty clusters restart at the worst explained points; the optimizer keeps its
moments of the redrawn classifier.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.clustering import (
    Rounds,
    cluster_anchors,
    mutual_information,
    spherical_kmeans,
    usage,
)
from sslstudio.engine.modes import embedded, estimate_norms
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages
from sslstudio.engine.pixel_statistics import principal
from sslstudio.engine.scaling import count_for

PAPER_CLUSTERS: Final = 10_000
SMALLEST_CLUSTER: Final = 20
LARGEST_COMPONENTS: Final = 256
"""Of 4096 in the paper's AlexNet."""


class DeepClusterSpec(ObjectiveSpec):
    """Cluster the representations, learn the clusters as labels, and again."""

    kind: Literal["deepcluster"] = "deepcluster"
    any_channels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("classifier",)
    clusters: Annotated[
        int | None,
        Range(2, 100_000, log=True),
        Ui(
            "Clusters",
            "Pseudo-labels; empty chooses 10,000 at ImageNet's size, falling with the root of "
            "the number of images.",
        ),
    ] = None
    components: Annotated[
        int | None,
        Range(2, 1024, log=True),
        Ui(
            "Components",
            "Whitened principal components of h in which clusters are sought; empty takes an "
            "eighth of h's width, at most 256.",
        ),
    ] = None
    iterations: Rounds = 10


class DeepCluster(Objective):
    """Encoder, a classifier of clusters, and the clusters themselves."""

    assignments: Tensor
    weights: Tensor
    usage: Tensor
    stability: Tensor

    def __init__(self, spec: DeepClusterSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.clusters = count_for(
            images,
            spec.clusters,
            at_imagenet=PAPER_CLUSTERS,
            smallest=SMALLEST_CLUSTER,
            field="objective.clusters",
        )
        self.classifier = nn.Linear(encoder.dim, self.clusters)
        self.register_buffer("assignments", torch.zeros(images, dtype=torch.int64))
        self.register_buffer("weights", torch.ones(self.clusters))
        self.register_buffer("usage", torch.tensor(0.0))
        self.register_buffer("stability", torch.tensor(0.0))

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the weighted cross-entropy, the share hit, and how clusters are used and last."""
        del player
        wanted = self.assignments[batch.indices]
        answers = [self.classifier(self.encoder(view)).float() for view in batch.views]
        weights = self.weights[wanted]
        losses = [(weights * F.cross_entropy(a, wanted, reduction="none")).mean() for a in answers]
        hits = torch.stack([(a.argmax(dim=1) == wanted).float().mean() for a in answers])
        return {
            "loss": torch.stack(losses).mean(),
            "accuracy": hits.mean(),
            "usage": self.usage.clone(),
            "cluster stability": self.stability.clone(),
        }

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing and a single cluster give."""
        return cluster_anchors(self.clusters)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Cluster the present representations and draw a new classifier."""
        if epoch == 0:
            estimate_norms(self.encoder, images)
        h = embedded(self.encoder, images).cpu()
        # Whitening makes the weakest components as strong as the first: few must be kept.
        wanted = self.spec.components or min(LARGEST_COMPONENTS, max(2, h.shape[1] // 8))
        found = principal(h, min(wanted, h.shape[1], len(h) - 1))
        # `principal` centred h; a direction without variance must not become noise.
        scale = found.variances.clamp_min(1e-6 * float(found.variances[0]) + 1e-12).rsqrt()
        white = F.normalize(h @ found.directions * scale.float(), dim=1)
        points = white.to(self.assignments.device)
        clusters = spherical_kmeans(points, self.clusters, generator, self.spec.iterations)
        kept = mutual_information(self.assignments, clusters.assignments, self.clusters)
        self.stability.copy_(kept if epoch else torch.zeros(()))
        self.assignments.copy_(clusters.assignments)
        sizes = torch.bincount(self.assignments, minlength=self.clusters).clamp_min(1)
        self.weights.copy_(len(h) / (self.clusters * sizes))
        self.usage.copy_(usage(self.assignments, self.clusters))
        self._redraw(generator)

    def image_clusters(self) -> Tensor:
        """Return the cluster of each training image  # (images,)."""
        return self.assignments

    @torch.no_grad()
    def _redraw(self, generator: torch.Generator) -> None:
        drawn = torch.randn(self.classifier.weight.shape, generator=generator)
        self.classifier.weight.copy_(0.01 * drawn)
        self.classifier.bias.zero_()


def build(spec: DeepClusterSpec, context: BuildContext) -> DeepCluster:
    """Return the objective with clusters for the run's training images."""
    return DeepCluster(spec, context.require_encoder(), context.train_images)


ENTRY = Entry(
    title="DeepCluster",
    spec=DeepClusterSpec,
    build=build,
    summary="Clusters of the representations are the labels of the next epoch.",
    citation="Caron et al. 2018, arXiv:1807.05520",
)
