"""A memory bank with one embedding of every training image (Wu et al. 2018, arXiv:1805.01978).

The target of image i is its stored unit vector v_i, whatever the view, without gradient. After
the step v_i <- norm(m v_i + (1 - m) f_i) with m = .5, as in the authors' code, and f_i the mean
over the views. The negatives are stored vectors of other images, drawn anew at each step
(section 3.2).

Departures: the bank starts with the embeddings of the un-augmented images instead of random
vectors; images of the batch are never drawn, since the paper's uniform draw now and then takes
the query's own entry for a negative, which on small sets happens at every step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import TargetSpec, Wiring
from sslstudio.engine.joint import Target
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.parts import BuildContext, TrainingImages


class MemoryBankSpec(TargetSpec):
    """The embedding that an image had when it was last seen."""

    kind: Literal["memory-bank"] = "memory-bank"
    has_memory: ClassVar[bool] = True
    keeps_directions: ClassVar[bool] = True
    momentum: Annotated[
        float,
        Range(0.0, 0.99),
        Ui(
            "Momentum", "Share of a stored embedding that stays when its image comes by.", live=True
        ),
    ] = 0.5
    negatives: Annotated[
        int,
        Range(1, 65_536, log=True),
        Ui(
            "Negatives",
            "Stored images drawn as negatives at each step, never those of the batch; where "
            "there are fewer, all others are taken.",
            unit="images",
        ),
    ] = 4096

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield whether negatives are read, whether any is left, and what counts them twice."""
        if not wiring.loss.takes_negatives and not wiring.loss.sets_length:
            yield Problem(
                "objective.target",
                "warning",
                "This loss takes no negatives: those that the memory bank draws are never read, "
                "and each image is compared with its own stored embedding alone.",
                Fix("Use the momentum encoder instead", (("objective.target", "momentum"),)),
            )
        images, batch = wiring.train_images, wiring.batch_size
        if images is not None and images <= batch:
            yield Problem(
                "training.batch_size",
                "error",
                f"The batch holds all {images:,} training images, so that no stored one is left "
                "to be a negative. Choose a smaller batch.",
                Fix("Halve it", (("training.batch_size", max(2, images // 2)),)),
            )
        if getattr(wiring.loss, "batch_negatives", False) and wiring.global_views > 1:
            path = "objective.loss.batch_negatives"
            yield Problem(
                path,
                "warning",
                "All views of an image have the same stored target: as batch negatives the "
                "others count once for every view.",
                Fix("Take negatives from the bank alone", ((path, False),)),
            )


class StoredEmbeddings(Target):
    """Looks every image's last embedding up."""

    def __init__(self, spec: MemoryBankSpec, images: int, batch: int, dim: int) -> None:
        super().__init__()
        self.spec = spec
        self.bank = MemoryBank(images, dim)
        self.negatives = min(spec.negatives, images - batch)
        self._drawn: Tensor | None = None

    def embed(
        self, views: Sequence[Tensor], online: Sequence[Tensor], indices: Tensor
    ) -> tuple[Tensor, ...]:
        """Return each image's stored embedding, once for each view  # each (batch, dim)."""
        self.bank.note(indices, [F.normalize(z.detach().float(), dim=1) for z in online])
        lots = torch.rand(len(self.bank.vectors), device=indices.device)
        self._drawn = lots.index_fill(0, indices, -1.0).topk(self.negatives).indices
        return (self.bank.rows(indices),) * len(views)

    def memory(self) -> Tensor:
        """Return the stored embeddings that this step drew  # (negatives, dim)."""
        if self._drawn is None:
            return self.bank.vectors[: self.negatives]
        return self.bank.rows(self._drawn)

    def before_epoch(
        self, epoch: int, images: TrainingImages, online: nn.Module, generator: torch.Generator
    ) -> None:
        """Before the first epoch, store the embeddings of the un-augmented images."""
        del generator
        if epoch == 0:
            self.bank.begin(online, images)

    def after_step(self, online: nn.Module, progress: float) -> None:
        """Mix this step's embeddings into the bank, so that the loss saw the older ones."""
        del online, progress
        self.bank.absorb(self.spec.momentum)


def build(spec: MemoryBankSpec, context: BuildContext) -> StoredEmbeddings:
    """Return the branch with a bank for the run's training images."""
    images, batch = context.train_images, context.batch_size
    return StoredEmbeddings(spec, images, min(batch, images - 1), context.dim)


ENTRY = Entry(
    title="Memory bank",
    spec=MemoryBankSpec,
    build=build,
    summary="One stored embedding of every image serves as target, others as negatives.",
    citation="Wu et al. 2018, arXiv:1805.01978",
)
