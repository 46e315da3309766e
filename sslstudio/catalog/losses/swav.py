"""SwAV: predict a view's prototype code from another view (Caron et al. 2020, arXiv:2006.09882).

Eq. 1 to 5: with unit embeddings z and K unit prototypes C, the code q_b of a global view is made
from its scores z_b C^T by Sinkhorn-Knopp (three iterations, epsilon .05), which gives every
prototype the same share of the batch; loss = mean over global views b and all other views a of
-sum_k q_b log softmax(z_a C^T / t). Codes carry no gradient. Prototypes are parameters of this
loss: of unit length from the start and again after each step, frozen for the first share of the
budget. A queue of past embeddings of each global view joins the code's batch once it
is full and its share of the budget has passed, so that small batches can serve many prototypes.

Departures: K falls with the root of the number of images from the paper's 3000, and without a
queue it is a quarter of the batch at most (on `shapes`, 250 steps of batch 256 and epsilon .02
gave a validation kNN of .34 with 64 prototypes and .21 with 260; untrained .23); by default the
queue is as long as K needs (batch + queue at least 5/4 K, the paper's own small-batch ratio being
4/3); the share of the budget is the one reached by the step before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import LossSpec, Wiring
from sslstudio.engine.embedding_queue import EmbeddingQueue
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext, ParameterGroup
from sslstudio.engine.scaling import count_for, require_no_more_than
from sslstudio.engine.sinkhorn import balanced_codes, code_anchors, code_report
from sslstudio.engine.step_memory import StepMemory
from sslstudio.engine.swapped_prediction import swapped_cross_entropy
from sslstudio.engine.view_pairs import require_views

PAPER_PROTOTYPES: Final = 3000
FEWEST_IMAGES: Final = 2
"""For each prototype, where their number is not asked for."""
IMAGES_PER_PROTOTYPE: Final = 1.25
IMAGES_WITHOUT_QUEUE: Final = 4


class SwavSpec(LossSpec):
    """Say which prototype another view of the image belongs to."""

    kind: Literal["swav"] = "swav"
    prevents_collapse: ClassVar[bool] = True
    prototypes: Annotated[
        int | None,
        Range(2, 100_000, log=True),
        Ui(
            "Prototypes",
            "Directions that images are sorted by; empty chooses 3000 at ImageNet's size, falling "
            "with the root of the number of images, and without a queue a quarter of the batch "
            "at most.",
        ),
    ] = None
    temperature: Annotated[
        float,
        Range(0.01, 1.0, log=True),
        Ui("Temperature", "Divides the scores of the prediction.", live=True),
    ] = 0.1
    epsilon: Annotated[
        float,
        Range(0.005, 1.0, log=True),
        Ui(
            "Epsilon",
            "Divides the scores of the code: smaller values give sharper codes. If the loss stays "
            "at ln K, lower it.",
            live=True,
        ),
    ] = 0.05
    iterations: Annotated[
        int,
        Range(0, 20),
        Ui("Sinkhorn iterations", "Rounds of balancing; 0 leaves the codes unbalanced."),
    ] = 3
    queue: Annotated[
        int | None,
        Range(0, 1_000_000),
        Ui(
            "Queue",
            "Past embeddings of each global view that help to balance the codes; empty takes as "
            "many as the prototypes need.",
            unit="embeddings",
        ),
    ] = None
    queue_from: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Queue from",
            "Share of the budget after which a full queue is used.",
            unit="share",
            advanced=True,
        ),
    ] = 0.1
    frozen_until: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Frozen until",
            "Share of the budget in which the prototypes do not move.",
            unit="share",
            advanced=True,
        ),
    ] = 0.02

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what the codes lack: balance, images, or a branch that is what it seems."""
        if self.iterations == 0:
            yield Problem(
                "objective.loss.iterations",
                "warning",
                "Nothing balances the codes: all images end with one prototype.",
                Fix("Balance three times", (("objective.loss.iterations", 3),)),
            )
        if wiring.target.carries_gradient:
            yield Problem(
                "objective.target",
                "warning",
                "SwAV's codes are constants: no gradient flows through this branch, though the "
                "figure shows one.",
                Fix("Draw the stop-gradient", (("objective.target", "stop-gradient"),)),
            )
        yield from self._sizes(wiring)

    def _sizes(self, wiring: Wiring) -> Iterator[Problem]:
        seen = wiring.batch_size + (self.queue or 0)
        if self.prototypes is not None and self.queue is not None and seen < self.prototypes:
            yield Problem(
                "objective.loss.queue",
                "warning",
                f"Codes are balanced over {seen} embeddings, too few for {self.prototypes} "
                "prototypes to get one each.",
                Fix("Let the prototypes decide", (("objective.loss.queue", None),)),
            )
        counts = {"prototypes": self.prototypes, "queue": self.queue}
        for name, count in counts.items():
            if wiring.train_images is not None and (count or 0) > wiring.train_images:
                yield Problem(
                    f"objective.loss.{name}",
                    "error",
                    f"{count} is more than the {wiring.train_images:,} training images.",
                    Fix("Let the images decide", ((f"objective.loss.{name}", None),)),
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the recipe leaves to the number of images."""

    prototypes: int
    queue: int
    dim: int
    global_views: int


class Swav(PairLoss):
    """Swapped prediction of balanced codes, with prototypes and queue."""

    def __init__(self, spec: SwavSpec, sizes: Sizes) -> None:
        super().__init__()
        self.spec = spec
        self.sizes = sizes
        start = F.normalize(torch.randn(sizes.prototypes, sizes.dim), dim=1)
        self.prototypes = nn.Parameter(start)  # (prototypes, dim)
        self.queue = EmbeddingQueue(sizes.global_views, sizes.queue, sizes.dim)
        self.progress = 0.0
        self._seen = StepMemory()

    @property
    def uses_queue(self) -> bool:
        """True once the queue is full of real embeddings and its share of the budget passed."""
        return self.queue.is_full and self.progress >= self.spec.queue_from

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, how many prototypes the codes use and how sharp they are."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            known = [F.normalize(target.detach().float(), dim=1) for target in targets]
            codes = [self._codes(view, number) for number, view in enumerate(known)]
            predictions = [self.cluster_scores(query).log_softmax(dim=1) for query in queries]
            loss = swapped_cross_entropy(codes, predictions)
        if self.training:
            self._seen.add(*known)
        return {"loss": loss, **code_report(torch.cat(codes))}

    def cluster_scores(self, z: Tensor, /) -> Tensor:
        """Return each cosine to a prototype over the temperature  # (batch, prototypes)."""
        return F.normalize(z.float(), dim=1) @ self.prototypes.T / self.spec.temperature

    @torch.no_grad()
    def _codes(self, view: Tensor, number: int) -> Tensor:
        """Return balanced codes of one global view  # (images, prototypes)."""
        crowd = torch.cat([view, self.queue.vectors[number]]) if self.uses_queue else view
        scores = crowd @ self.prototypes.T
        spec = self.spec
        codes = balanced_codes(scores, epsilon=spec.epsilon, iterations=spec.iterations)
        return codes[: len(view)]

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        """Bring the prototypes back to unit length and queue this step's embeddings."""
        self.prototypes.copy_(F.normalize(self.prototypes, dim=1))
        self.progress = progress
        if seen := self._seen.take():
            self.queue.push(torch.stack(seen))

    def own_groups(self) -> tuple[ParameterGroup, ...]:
        """Return the prototypes, frozen for their share of the budget."""
        frozen = self.spec.frozen_until
        return (ParameterGroup(parameters=[self.prototypes], frozen_until=frozen),)

    def get_extra_state(self) -> Tensor:
        """Return how far the budget is used, as a tensor on the CPU."""
        return torch.tensor(self.progress, dtype=torch.float64, device="cpu")

    def set_extra_state(self, state: Tensor) -> None:
        """Take over what `get_extra_state` returned."""
        self.progress = float(state)

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return ln K, and what usage and sharpness become in either collapse."""
        del batch_size, views, dim, stored, bounded
        k = self.sizes.prototypes
        return (
            Anchor(
                term="loss",
                label=f"ln {k:,}",
                value=math.log(k),
                meaning="Codes are uniform: every prototype fits every image.",
                kind="collapse",
            ),
            *code_anchors(k),
        )


def _prototype_count(spec: SwavSpec, context: BuildContext) -> int:
    count = count_for(
        context.train_images,
        spec.prototypes,
        at_imagenet=PAPER_PROTOTYPES,
        smallest=FEWEST_IMAGES,
        field="objective.loss.prototypes",
    )
    if spec.prototypes is None and spec.queue == 0:
        return max(2, min(count, context.batch_size // IMAGES_WITHOUT_QUEUE))
    return count


def _queue_length(spec: SwavSpec, prototypes: int, context: BuildContext) -> int:
    if spec.queue is None:
        lacking = IMAGES_PER_PROTOTYPE * prototypes - context.batch_size
        batches = math.ceil(max(0.0, lacking) / context.batch_size)
        most = context.train_images // context.batch_size
        return min(batches, most) * context.batch_size
    require_no_more_than(context.train_images, spec.queue, field="objective.loss.queue")
    return spec.queue


def build(spec: SwavSpec, context: BuildContext) -> Swav:
    """Return the loss with prototypes and queue for the run's images and batch."""
    prototypes = _prototype_count(spec, context)
    sizes = Sizes(
        prototypes=prototypes,
        queue=_queue_length(spec, prototypes, context),
        dim=context.dim,
        global_views=context.global_views or context.views,
    )
    return Swav(spec, sizes)


ENTRY = Entry(
    title="SwAV",
    spec=SwavSpec,
    build=build,
    summary="Predict one view's prototype from another; Sinkhorn keeps all prototypes in use.",
    citation="Caron et al. 2020, arXiv:2006.09882",
)
