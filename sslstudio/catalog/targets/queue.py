"""MoCo's momentum encoder with a queue of its past keys (He et al. 2020, arXiv:1911.05722).

Keys k are the averaged network's unit vectors, without gradient (xi <- m xi + (1 - m) theta,
eq. 2). After the step they enter a first-in-first-out queue, whose content the loss takes as
negatives (eq. 1, with NT-Xent and batch negatives off). All views' keys enter together and only
once the loss has seen every direction, so that no query meets the key of its own image among
the negatives. The queue starts with random directions. Queries and keys are normed in different
groups of images, as by shuffling BN (section 3.3; `engine.split_norm`).

Departures: m follows a half cosine as in BYOL (equal ends give the paper's constant); the
paper's m of .999 suits hundreds of thousands of steps, the defaults suit hundreds; the loss is
asked in both directions, as MoCo's authors do on CIFAR. Groups are taken of one device's batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.schedule import cosine_between
from sslstudio.domain.spec import TargetSpec, Wiring
from sslstudio.engine.average import FirstMomentum, LastMomentum, follow, frozen_copy
from sslstudio.engine.joint import Target
from sslstudio.engine.parts import BuildContext
from sslstudio.engine.queue_pace import doubts_of_pace
from sslstudio.engine.split_norm import in_strides
from sslstudio.engine.step_memory import StepMemory
from sslstudio.engine.vector_queue import VectorQueue, doubts_of_size, queue_length

SHARE: Final = 0.25
"""Of the training images: old keys of the same image stay rare among the negatives."""
PAPER_SIZE: Final = 65_536


class QueueSpec(TargetSpec):
    """An averaged network whose keys of recent steps are the negatives."""

    kind: Literal["queue"] = "queue"
    has_memory: ClassVar[bool] = True
    start: FirstMomentum = 0.97
    end: LastMomentum = 0.999
    size: Annotated[
        int | None,
        Range(1, 1_000_000, log=True),
        Ui(
            "Queue",
            "Keys kept as negatives; empty takes a quarter of the number of images, "
            "at most 65,536.",
            unit="keys",
        ),
    ] = None
    norm_groups: Annotated[
        int,
        Range(1, 64, log=True),
        Ui(
            "Norm groups",
            "Batch norm sees this many parts of a batch, others for keys than for queries, so "
            "that statistics do not give the key away; parts stay at 8 images or more.",
            unit="groups",
            advanced=True,
        ),
    ] = 8

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what is wrong with the queue's length, its teacher's pace, and its reader."""
        yield from doubts_of_size(self.size, wiring)
        if wiring.train_images is not None:
            stored = self.size or queue_length(
                None, wiring.train_images, share=SHARE, most=PAPER_SIZE
            )
            yield from doubts_of_pace(self.start, self.end, stored, wiring)
        if not wiring.loss.takes_negatives:
            yield Problem(
                "objective.target",
                "warning",
                "This loss takes no negatives: the queue is filled and never read.",
                Fix("Use the momentum encoder alone", (("objective.target", "momentum"),)),
            )


class Queue(Target):
    """Embeds the views with the averaged network and remembers the keys."""

    reads_views: ClassVar[bool] = True

    def __init__(self, spec: QueueSpec, images: int, dim: int) -> None:
        super().__init__()
        self.spec = spec
        self.query_groups = spec.norm_groups
        self.teacher: nn.Module = nn.Identity()
        length = queue_length(spec.size, images, share=SHARE, most=PAPER_SIZE)
        self.queue = VectorQueue(length, dim)
        self._keys = StepMemory()

    def attach(self, online: nn.Module) -> None:
        """Copy the online network; the copy shares no storage and takes no gradient."""
        self.teacher = frozen_copy(online)

    @torch.no_grad()
    def embed(
        self, views: Sequence[Tensor], online: Sequence[Tensor], indices: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the averaged network's keys on the unit sphere  # each (batch, dim)."""
        del online, indices
        found = (in_strides(self.teacher, view, self.spec.norm_groups) for view in views)
        keys = tuple(F.normalize(key.float(), dim=1) for key in found)
        if self.training:
            self._keys.add(*keys)
        return keys

    def memory(self) -> Tensor:
        """Return the keys of earlier steps  # (stored, dim)."""
        return self.queue.vectors

    def after_step(self, online: nn.Module, progress: float) -> None:
        """Move the copy towards the online weights and let this step's keys in."""
        follow(self.teacher, online, cosine_between(self.spec.start, self.spec.end, progress))
        if keys := self._keys.take():
            self.queue.push(torch.cat(keys))


def build(spec: QueueSpec, context: BuildContext) -> Queue:
    """Return the branch with a queue for the run's training images."""
    return Queue(spec, context.run_images or context.train_images, context.dim)


ENTRY = Entry(
    title="Queue",
    spec=QueueSpec,
    build=build,
    summary="A momentum encoder whose keys of recent steps serve as negatives.",
    citation="He et al. 2020, arXiv:1911.05722",
)
