"""SeLa: self-labelling by optimal transport (Asano et al. 2020, arXiv:1911.05371, eq. 5 to 7).

Labels and network minimise one cross-entropy in turn, and labels must use all K values alike
(eq. 5), which rules out the constant answer. Before every epoch the present log-probabilities
log P of all un-augmented images become labels by Sinkhorn-Knopp on P^lambda with equal marginals
(eq. 7), the largest entry of each row; between, loss = mean over heads and views of
-log softmax(W h(view) + b)_label. Several heads hold labellings of their own (section 3.3).

Departures: labels are renewed each epoch instead of at 400 times spread over hundreds of epochs;
lambda is 10, as in the authors' code for CIFAR, not 25; a fixed number of Sinkhorn rounds.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.clustering import cluster_anchors, mutual_information, usage
from sslstudio.engine.modes import embedded, estimate_norms, evaluation
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages
from sslstudio.engine.scaling import count_for
from sslstudio.engine.sinkhorn import balanced_codes

PAPER_LABELS: Final = 3000
SMALLEST_LABEL: Final = 20


class SelaSpec(ObjectiveSpec):
    """Label all images evenly by the present network, learn the labels, and again."""

    kind: Literal["sela"] = "sela"
    any_channels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("classifiers",)
    labels: Annotated[
        int | None,
        Range(2, 100_000, log=True),
        Ui(
            "Labels",
            "Labels of each head; empty chooses 3000 at ImageNet's size, falling with the root "
            "of the number of images.",
        ),
    ] = None
    heads: Annotated[int, Range(1, 20), Ui("Heads", "Independent labellings.")] = 4
    sharpness: Annotated[
        float,
        Range(1.0, 100.0, log=True),
        Ui("Sharpness", "Lambda: larger values follow the network, smaller ones even labels out."),
    ] = 10.0
    iterations: Annotated[
        int,
        Range(1, 1000, log=True),
        Ui("Iterations", "Rounds of Sinkhorn-Knopp before each epoch.", advanced=True),
    ] = 60


class Sela(Objective):
    """Encoder, linear heads, and one label of each image for each head."""

    labels: Tensor
    usage: Tensor
    stability: Tensor

    def __init__(self, spec: SelaSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.classes = count_for(
            images,
            spec.labels,
            at_imagenet=PAPER_LABELS,
            smallest=SMALLEST_LABEL,
            field="objective.labels",
        )
        self.classifiers = nn.ModuleList(
            [nn.Linear(encoder.dim, self.classes) for _ in range(spec.heads)]
        )
        self.register_buffer("labels", torch.zeros(spec.heads, images, dtype=torch.int64))
        self.register_buffer("usage", torch.tensor(0.0))
        self.register_buffer("stability", torch.tensor(0.0))

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the cross-entropy to the labels, the share hit, and how labels are used."""
        del player
        wanted = self.labels[:, batch.indices].flatten()
        losses, hits = [], []
        for view in batch.views:
            h = self.encoder(view)
            answers = torch.cat([head(h) for head in self.classifiers]).float()
            losses.append(F.cross_entropy(answers, wanted))
            hits.append((answers.argmax(dim=1) == wanted).float().mean())
        return {
            "loss": torch.stack(losses).mean(),
            "accuracy": torch.stack(hits).mean(),
            "usage": self.usage.clone(),
            "cluster stability": self.stability.clone(),
        }

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing and a single label give."""
        return cluster_anchors(self.classes)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Label all images anew, each label as often as every other."""
        del generator
        if epoch == 0:
            estimate_norms(self.encoder, images)
        h = embedded(self.encoder, images)
        kept, used = [], []
        for head, classifier in enumerate(self.classifiers):
            with evaluation(classifier):
                scores = classifier(h).log_softmax(dim=1)
            codes = balanced_codes(
                scores, epsilon=1.0 / self.spec.sharpness, iterations=self.spec.iterations
            )
            found = codes.argmax(dim=1)
            kept.append(mutual_information(self.labels[head], found, self.classes))
            used.append(usage(found, self.classes))
            self.labels[head] = found
        self.stability.copy_(torch.stack(kept).mean() if epoch else torch.zeros(()))
        self.usage.copy_(torch.stack(used).mean())

    def image_clusters(self) -> Tensor:
        """Return each training image's label for the first head  # (images,)."""
        return self.labels[0]


def build(spec: SelaSpec, context: BuildContext) -> Sela:
    """Return the objective with labels for the run's training images."""
    return Sela(spec, context.require_encoder(), context.train_images)


ENTRY = Entry(
    title="Self-labelling",
    spec=SelaSpec,
    build=build,
    summary="Labels that use every value alike, chosen by optimal transport, learnt in turn.",
    citation="Asano et al. 2020, arXiv:1911.05371",
)
