"""DINO: the student predicts the centred, sharpened teacher (Caron et al. 2021, arXiv:2104.14294).

Eq. 1 to 4: P_s = softmax(s / t_s), P_t = softmax((t - c) / t_t) over the head's K outputs;
loss = mean over images and pairs of different views (student all, teacher global ones) of the
cross-entropy H(P_t, P_s) = h + KL, the teacher's entropy and what the student lacks (section
5.3). After each step c <- m c + (1 - m) * mean of the teacher's outputs before the temperature.
The teacher's temperature rises linearly over the first share of the budget.

Both halves are needed: without centring one output wins and h falls to 0, without sharpening
h rises to ln K and stays there; in both cases KL is 0 and nothing is learnt.

On request Sinkhorn-Knopp balances the teacher's answers over the batch, as in DINOv2 (Oquab et
al. 2023, arXiv:2304.07193, section 4): short runs then use all outputs.

Departures: the teacher's temperature follows the progress of the step before; Sinkhorn-Knopp
balances each global view by itself, in DINOv2's code both together; the recipe's weight decay is
constant and gradients are not clipped, where the paper raises the one from .04 to .4 and its code
clips the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import LossSpec, Wiring
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext
from sslstudio.engine.sinkhorn import balanced_codes
from sslstudio.engine.step_memory import StepMemory
from sslstudio.engine.swapped_prediction import swapped_cross_entropy
from sslstudio.engine.view_pairs import ordered_pairs, require_views


class DinoSpec(LossSpec):
    """Predict how a slowly moving teacher sorts another view."""

    kind: Literal["dino"] = "dino"
    prevents_collapse: ClassVar[bool] = True
    student_temperature: Annotated[
        float,
        Range(0.01, 1.0, log=True),
        Ui("Student temperature", "Divides the student's outputs.", live=True),
    ] = 0.1
    teacher_temperature: Annotated[
        float,
        Range(0.005, 1.0, log=True),
        Ui(
            "Teacher temperature",
            "Divides the teacher's centred outputs; must be below the student's to sharpen.",
            live=True,
        ),
    ] = 0.07
    first_teacher_temperature: Annotated[
        float,
        Range(0.005, 1.0, log=True),
        Ui("First teacher temperature", "Where the teacher's temperature starts.", advanced=True),
    ] = 0.04
    warmup: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Temperature warm-up",
            "Share of the budget in which the teacher's temperature moves to its final value.",
            unit="share",
            advanced=True,
        ),
    ] = 0.3
    centre_momentum: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Centre momentum",
            "Share of the old centre kept at each step; 1 turns centring off.",
            live=True,
        ),
    ] = 0.9

    iterations: Annotated[
        int,
        Range(0, 20),
        Ui(
            "Sinkhorn iterations",
            "Rounds in which the teacher's answers are balanced over the batch, as in DINOv2; 0 "
            "leaves centring alone, as in DINO.",
            advanced=True,
        ),
    ] = 0

    @property
    def compares_images(self) -> bool:
        """An image is compared with its own teacher; the others only move the centre."""
        return False

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield warnings where teacher, centring or sharpening is missing."""
        if wiring.target.kind != "momentum":
            yield Problem(
                "objective.target",
                "warning",
                "The teacher is the student itself; DINO learns from a slowly moving average, "
                "and its authors found that a copy of the student does not do.",
                Fix("Use a momentum encoder", (("objective.target", "momentum"),)),
            )
        if self.centre_momentum == 1.0 and self.iterations == 0:
            yield Problem(
                "objective.loss.centre_momentum",
                "warning",
                "The centre never moves: without centring one output wins for every image, and "
                "the teacher's entropy falls to 0.",
                Fix("Set it to 0.9", (("objective.loss.centre_momentum", 0.9),)),
            )
        if self.teacher_temperature >= self.student_temperature:
            yield Problem(
                "objective.loss.teacher_temperature",
                "warning",
                "The teacher is not sharper than the student: its outputs drift to uniform, and "
                "its entropy to ln K.",
                Fix(
                    "Sharpen the teacher",
                    (
                        ("objective.loss.teacher_temperature", 0.07),
                        ("objective.loss.student_temperature", 0.1),
                    ),
                ),
            )


class Dino(PairLoss):
    """Cross-entropy between centred teacher and student, with the centre it keeps."""

    centre: Tensor
    temperature: Tensor

    def __init__(self, spec: DinoSpec, dim: int) -> None:
        super().__init__()
        self.spec = spec
        self.register_buffer("centre", torch.zeros(dim))
        self.register_buffer("temperature", torch.tensor(_temperature(spec, 0.0)))
        self._means = StepMemory()

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss and its two parts: the teacher's entropy and the divergence."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            outputs = torch.stack([target.detach().float() for target in targets])
            sharp = (outputs - self.centre) / self.temperature
            rounds = self.spec.iterations
            teacher = [balanced_codes(view, epsilon=1.0, iterations=rounds) for view in sharp]
            entropy = [torch.special.entr(view).sum(dim=1).mean() for view in teacher]
            student = [
                (query.float() / self.spec.student_temperature).log_softmax(dim=1)
                for query in queries
            ]
            loss = swapped_cross_entropy(teacher, student)
            own = torch.stack(
                [entropy[b] for _, b in ordered_pairs(len(queries), len(targets))]
            ).mean()
        if self.training:
            images = outputs.new_full((1,), outputs.shape[1])
            self._means.add(outputs.mean(dim=(0, 1))[None], images)
        return {
            "loss": loss,
            "teacher entropy": own,
            "divergence": loss.detach() - own,
        }

    def cluster_scores(self, z: Tensor, /) -> Tensor:
        """Return the student's log-probability of each output  # (batch, K)."""
        return (z.float() / self.spec.student_temperature).log_softmax(dim=1)

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        """Move the centre towards this step's outputs and the temperature along its warm-up."""
        if seen := self._means.take():
            means, images = seen  # (parts, K), (parts,)
            mean = (means * (images / images.sum())[:, None]).sum(dim=0)
            self.centre.lerp_(mean, 1.0 - self.spec.centre_momentum)
        self.temperature.fill_(_temperature(self.spec, progress))

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return ln K, and what the two parts become in either collapse."""
        del batch_size, views, stored, bounded
        uniform = math.log(dim)
        return (
            Anchor(
                term="loss",
                label=f"ln {dim:,}",
                value=uniform,
                meaning="Every output looks equally likely.",
                kind="chance",
            ),
            Anchor(
                term="teacher entropy",
                label="uniform",
                value=uniform,
                meaning="The teacher says nothing: too little sharpening.",
                kind="collapse",
            ),
            Anchor(
                term="teacher entropy",
                label="one output",
                value=0.0,
                meaning="The teacher says the same about every image: too little centring.",
                kind="collapse",
            ),
            Anchor(
                term="divergence",
                label="nothing to learn",
                value=0.0,
                meaning="Student and teacher agree completely; early on this is collapse.",
                kind="collapse",
            ),
        )


def _temperature(spec: DinoSpec, progress: float) -> float:
    share = 1.0 if spec.warmup == 0.0 else min(1.0, progress / spec.warmup)
    start = spec.first_teacher_temperature
    return start + (spec.teacher_temperature - start) * share


def build(spec: DinoSpec, context: BuildContext) -> Dino:
    """Return the loss with a centre as wide as the head's output."""
    return Dino(spec, context.dim)


ENTRY = Entry(
    title="DINO",
    spec=DinoSpec,
    build=build,
    summary="The student predicts how a centred, sharpened teacher sorts another view.",
    citation="Caron et al. 2021, arXiv:2104.14294",
)
