"""Joint embedding: views of one image are brought together in the space of a projector.

One objective for SimCLR, BYOL, SimSiam, VICReg, Barlow Twins and whatever else can be put
together from a target branch, a predictor, a similarity and a loss (Falcon & Cho 2020,
arXiv:2009.00104, section 3): loss(q(g(f(v_a))), target(v_b)) over ordered pairs a != b.
Local views (multi-crop, Caron et al. 2020, arXiv:2006.09882, section 3.2) are queries only.

Departures: each view is one forward pass, so that batch norm sees one view at a time as in the
authors' code of BYOL, SimSiam and VICReg; SimCLR's own code norms all views together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Ui
from sslstudio.domain.spec import (
    LossSpec,
    ObjectiveSpec,
    ProjectorSpec,
    SimilaritySpec,
    TargetSpec,
)
from sslstudio.engine.heads import Head
from sslstudio.engine.joint import PairLoss, Similarity, Target
from sslstudio.engine.parts import (
    Anchor,
    Batch,
    BuildContext,
    Encoder,
    Objective,
    ParameterGroup,
    Player,
    TrainingImages,
)
from sslstudio.engine.split_norm import in_blocks


class JointEmbeddingSpec(ObjectiveSpec):
    """Views of one image meet in embedding space."""

    kind: Literal["joint-embedding"] = "joint-embedding"
    any_channels: ClassVar[bool] = True
    minimum_views: ClassVar[int] = 2
    embeds_first: ClassVar[bool] = True
    projector: Annotated[ProjectorSpec, Ui("Projector", "The head on the representation.")]
    predictor: Annotated[
        ProjectorSpec, Ui("Predictor", "A second head on the query branch only; may be none.")
    ]
    target: Annotated[TargetSpec, Ui("Target", "Where the other view's embedding comes from.")]
    similarity: Annotated[SimilaritySpec, Ui("Similarity", "How two embeddings are compared.")]
    loss: Annotated[LossSpec, Ui("Loss", "What is minimised.")]
    constant_predictor_rate: Annotated[
        bool,
        Ui(
            "Constant predictor rate",
            "The schedule leaves the predictor's learning rate alone (SimSiam).",
            advanced=True,
        ),
    ] = False


class ViewCounts(NamedTuple):
    """Images in a step, and views of each that have a target."""

    images: int
    targets: int


class JointEmbedding(Objective):
    """Encoder and projector meet a target branch through a loss."""

    def __init__(
        self,
        spec: JointEmbeddingSpec,
        encoder: Encoder,
        heads: tuple[Head, Head],
        branch: tuple[Target, Similarity, PairLoss],
        counts: ViewCounts,
    ) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.projector, self.predictor = heads
        self.target, self.similarity, self.loss = branch
        self.counts = counts
        self.target.attach(self._online())

    def _online(self) -> nn.Sequential:
        return nn.Sequential(self.encoder, self.projector)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss's named terms over this batch's views."""
        del player
        return self.compare(batch, self.embed(batch), None)

    def embed(self, batch: Batch) -> tuple[Tensor, ...]:
        """Return each view's projection by the online network  # each (batch, dim)."""
        groups = self.target.query_groups
        return tuple(in_blocks(self._online(), view, groups) for view in batch.views)

    def goals(self, batch: Batch, embedded: Sequence[Tensor]) -> tuple[Tensor, ...] | None:
        """Return the targets of a network that looks at the views; None if it does not."""
        return self._targets(batch, embedded) if self.target.reads_views else None

    def compare(
        self, batch: Batch, embedded: Sequence[Tensor], goals: Sequence[Tensor] | None
    ) -> dict[str, Tensor]:
        """Return the loss's named terms of projections; without goals the target is asked."""
        queries = [self.predictor(z) for z in embedded]
        targets = self._targets(batch, embedded) if goals is None else goals
        return self.loss.terms(queries, targets, self.similarity, self.target.memory())

    def _targets(self, batch: Batch, embedded: Sequence[Tensor]) -> tuple[Tensor, ...]:
        shared = self.counts.targets  # local views only ask
        return self.target.embed(batch.views[:shared], embedded[:shared], batch.indices)

    def players(self) -> tuple[Player, ...]:
        """Return one player; predictor, projector and loss may have groups of their own."""
        groups = [*self.projector.own_groups(), *self.loss.own_groups()]
        predictor = [p for p in self.predictor.parameters() if p.requires_grad]
        if predictor:
            constant = self.spec.constant_predictor_rate
            groups.insert(0, ParameterGroup(parameters=predictor, constant=constant))
        theirs = {id(p) for group in groups for p in group.parameters}
        rest = [p for p in self.parameters() if p.requires_grad and id(p) not in theirs]
        return (Player(name="model", groups=(ParameterGroup(parameters=rest), *groups)),)

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what the loss declares for this batch, number of views, width and memory."""
        memory = self.target.memory()
        return self.loss.anchors(
            self.counts.images,
            self.counts.targets,
            self.projector.dim,
            stored=0 if memory is None else len(memory),
            bounded=self.similarity.bounded,
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Let the target branch prepare the epoch."""
        self.target.before_epoch(epoch, images, self._online(), generator)

    def after_step(self, progress: float) -> None:
        """Let the loss move what it keeps, and the target branch follow."""
        self.loss.after_step(progress)
        self.target.after_step(self._online(), progress)

    def encoder_replaced(self) -> None:
        """Let the target branch start from the encoder's new weights."""
        self.target.attach(self._online())

    def project(self, h: Tensor) -> Tensor:
        """Return the projector's output  # (batch, dim) -> (batch, projector dim)."""
        z: Tensor = self.projector(h)
        return z

    def live(self) -> Mapping[str, nn.Module]:
        """Return the loss and the target, whose live fields may change while training."""
        return {"objective.loss": self.loss, "objective.target": self.target}


def build(spec: JointEmbeddingSpec, context: BuildContext) -> JointEmbedding:
    """Return the objective with all of its parts built for this run."""
    encoder = context.require_encoder()
    projector: Head = replace(context, dim=encoder.dim).build(spec.projector)
    inner = replace(context, dim=projector.dim)
    predictor: Head = inner.build(spec.predictor)
    return JointEmbedding(
        spec,
        encoder,
        (projector, _matching(predictor, projector)),
        (inner.build(spec.target), inner.build(spec.similarity), inner.build(spec.loss)),
        ViewCounts(context.batch_size, context.global_views or context.views),
    )


def _matching(predictor: Head, projector: Head) -> Head:
    """Return the predictor, with a last layer to the projector's width where it differs."""
    if predictor.dim == projector.dim:
        return predictor
    bridge = nn.Sequential(predictor.network, nn.Linear(predictor.dim, projector.dim))
    return Head(bridge, dim=projector.dim)


ENTRY = Entry(
    title="Joint embedding",
    spec=JointEmbeddingSpec,
    build=build,
    summary="Two views of an image are brought together in embedding space.",
    citation="Falcon & Cho 2020, arXiv:2009.00104",
)
