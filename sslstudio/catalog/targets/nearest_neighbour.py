"""NNCLR's nearest neighbours as targets (Dwibedi et al. 2021, arXiv:2104.14548, eq. 2 and 3).

The target of a view is not its own embedding z but the most similar vector of a support set Q,
NN(z, Q) = argmin over q in Q of |z - q|, without gradient. Q is a first-in-first-out queue of
unit vectors, which takes this step's embeddings of the first view in after the step, so that
nobody finds its own. Each view is asked about the other one's neighbour (symmetric). The paper
puts the predictor on the side that is not looked up, as a predictor does here.

Departures: Q starts with the embeddings of un-augmented training images instead of random
directions, among which neighbours mean nothing; with NT-Xent a prediction p_i chooses among the
neighbours NN(z_k) of all images and both views, where eq. 3 lets a neighbour NN(z_i) choose among
the predictions p_k of one view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Problem
from sslstudio.domain.spec import TargetSpec, Wiring
from sslstudio.engine.joint import Target
from sslstudio.engine.modes import estimate_norms, evaluation, full_precision
from sslstudio.engine.parts import BuildContext, TrainingImages
from sslstudio.engine.step_memory import StepMemory
from sslstudio.engine.vector_queue import VectorQueue, doubts_of_size, queue_length

SHARE: Final = 0.5
"""Of the training images: the more there are, the closer the neighbours."""
PAPER_SIZE: Final = 98_304


class NearestNeighbourSpec(TargetSpec):
    """The most similar embedding of recent steps."""

    kind: Literal["nearest-neighbour"] = "nearest-neighbour"
    keeps_directions: ClassVar[bool] = True
    size: Annotated[
        int | None,
        Range(1, 1_000_000, log=True),
        Ui(
            "Support set",
            "Embeddings among which neighbours are looked up; empty takes half the number of "
            "images, at most 98,304.",
            unit="embeddings",
        ),
    ] = None

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what is wrong with the size of the support set."""
        yield from doubts_of_size(self.size, wiring)


class NearestNeighbour(Target):
    """Looks the neighbours of the online projections up."""

    def __init__(self, spec: NearestNeighbourSpec, images: int, dim: int) -> None:
        super().__init__()
        self.spec = spec
        length = queue_length(spec.size, images, share=SHARE, most=PAPER_SIZE)
        self.support = VectorQueue(length, dim)
        self._seen = StepMemory()

    @torch.no_grad()
    def embed(
        self, views: Sequence[Tensor], online: Sequence[Tensor], indices: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the neighbour of each view's projection  # each (batch, dim)."""
        del views, indices
        if self.training:
            self._seen.add(online[0])
        with full_precision(online[0]):
            return tuple(self._neighbours(z.detach().float()) for z in online)

    def _neighbours(self, embedded: Tensor) -> Tensor:
        similarity = F.normalize(embedded, dim=1) @ self.support.vectors.T
        return self.support.vectors[similarity.argmax(dim=1)]

    def before_epoch(
        self, epoch: int, images: TrainingImages, online: nn.Module, generator: torch.Generator
    ) -> None:
        """Before the first epoch, fill the support set with un-augmented training images."""
        if epoch > 0:
            return
        estimate_norms(online, images)
        chosen = torch.zeros(images.count, dtype=torch.bool)
        chosen[torch.randperm(images.count, generator=generator)[: len(self.support.vectors)]] = (
            True
        )
        with evaluation(online):
            for indices, batch in images.batches():
                wanted = batch[chosen[indices.cpu()].to(batch.device)]
                if len(wanted):
                    self.support.push(online(images.normalised(wanted)))

    def after_step(self, online: nn.Module, progress: float) -> None:
        """Let this step's embeddings of the first view into the support set."""
        del online, progress
        for embedded in self._seen.take():
            self.support.push(embedded)


def build(spec: NearestNeighbourSpec, context: BuildContext) -> NearestNeighbour:
    """Return the branch with a support set for the run's training images."""
    return NearestNeighbour(spec, context.run_images or context.train_images, context.dim)


ENTRY = Entry(
    title="Nearest neighbour",
    spec=NearestNeighbourSpec,
    build=build,
    summary="The most similar stored embedding stands in for the other view.",
    citation="Dwibedi et al. 2021, arXiv:2104.14548",
)
