"""LeJEPA: invariance and SIGReg (Balestriero & LeCun 2025, arXiv:2511.08544, sections 4 and 5).

invariance  mean squared distance of every view's embedding, local ones included, to the mean of
            its image's global views, over views, images and dimensions
SIGReg      each view's embeddings are projected on random directions ("slices"); along each, the
            Epps-Pulley statistic N * integral of |phi_N(t) - e^(-t^2/2)|^2 e^(-t^2/2) dt compares
            their characteristic function phi_N with that of a standard normal; mean over slices
            and views
loss        (1 - lambda) * invariance + lambda * SIGReg

The integral runs over [-3, 3] by the trapezoid rule on 17 points of its even half, as in the
authors' code. Constant embeddings cost at least N * integral of (1 - e^(-t^2/2))^2 e^(-t^2/2) dt,
a sample of the standard normal itself costs about 1.06 whatever its size.

Departures: 256 slices by default, where the paper takes 1024, which a CPU notices; slices are
drawn after each step and kept until the next, so that a step can be computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import LossSpec, Wiring
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext
from sslstudio.engine.view_pairs import require_views

REACH: Final = 3.0
POINTS: Final = 17
SMALL_BATCH: Final = 32
SOUND_BATCH: Final = 128


class SigregSpec(LossSpec):
    """Views agree, and all embeddings together look like a normal distribution."""

    kind: Literal["sigreg"] = "sigreg"
    prevents_collapse: ClassVar[bool] = True
    sets_length: ClassVar[bool] = True
    weight: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Lambda", "Share of SIGReg in the loss; the rest is invariance.", live=True),
    ] = 0.05
    slices: Annotated[
        int,
        Range(8, 4096, log=True),
        Ui("Slices", "Random directions along which the embeddings are compared at each step."),
    ] = 256

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield a warning where nothing or too little holds the embeddings apart."""
        if self.weight == 0.0:
            yield Problem(
                "objective.loss.weight",
                "warning",
                "Without SIGReg only the agreement of views is left: this collapses to a constant.",
                Fix("Set lambda to 0.05", (("objective.loss.weight", 0.05),)),
            )
        if 2 <= wiring.batch_size < SMALL_BATCH:
            yield Problem(
                "training.batch_size",
                "warning",
                f"{wiring.batch_size} images say little about a distribution; SIGReg will mostly "
                "fight noise.",
                Fix(f"Set the batch to {SOUND_BATCH}", (("training.batch_size", SOUND_BATCH),)),
            )


class Sigreg(PairLoss):
    """Invariance over all views and a test of normality along random slices."""

    slices: Tensor
    times: Tensor
    normal: Tensor
    weights: Tensor

    def __init__(self, spec: SigregSpec, dim: int) -> None:
        super().__init__()
        self.spec = spec
        times = torch.linspace(0.0, REACH, POINTS)
        normal = torch.exp(-times.square() / 2.0)
        # The integrand is even, hence twice its half; it is 0 at 0, and the far end counts half.
        weights = torch.full((POINTS,), 2.0 * REACH / (POINTS - 1))
        weights[-1] /= 2.0
        self.register_buffer("times", times, persistent=False)
        self.register_buffer("normal", normal, persistent=False)
        self.register_buffer("weights", weights * normal, persistent=False)
        start = F.normalize(torch.randn(dim, spec.slices), dim=0)
        self.register_buffer("slices", start)  # (dim, slices)

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss and its two terms without their weights."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            views = torch.stack([query.float() for query in queries])  # (views, images, dim)
            mean = torch.stack([target.float() for target in targets]).mean(dim=0)
            invariance = (views - mean).square().mean()
            statistic = torch.stack([self._statistic(view) for view in views]).mean()
        weight = self.spec.weight
        return {
            "loss": (1.0 - weight) * invariance + weight * statistic,
            "invariance": invariance.detach(),
            "SIGReg": statistic.detach(),
        }

    def _statistic(self, view: Tensor) -> Tensor:
        """Return the Epps-Pulley statistic, mean over slices  # (images, dim) -> ()."""
        angles = (view @ self.slices)[..., None] * self.times  # (images, slices, times)
        real, imaginary = angles.cos().mean(dim=0), angles.sin().mean(dim=0)
        distance = (real - self.normal).square() + imaginary.square()  # (slices, times)
        return len(view) * (distance @ self.weights).mean()

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        """Draw the next step's slices."""
        del progress
        self.slices.copy_(F.normalize(torch.randn_like(self.slices), dim=0))

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return what a constant and a sample of the wanted distribution cost, and the floor."""
        del views, dim, stored, bounded
        constant = batch_size * float(self.weights @ (1.0 - self.normal).square())
        sampled = float(self.weights @ (1.0 - self.normal.square()))
        alike = "Every embedding is the same, at the origin; elsewhere it costs more."
        return (
            Anchor(
                term="loss",
                label="all alike",
                value=self.spec.weight * constant,
                meaning=alike,
                kind="collapse",
            ),
            Anchor(
                term="loss",
                label="floor",
                value=0.0,
                meaning="Views agree and the embeddings are perfectly normal.",
                kind="bound",
            ),
            Anchor(
                term="SIGReg", label="all alike", value=constant, meaning=alike, kind="collapse"
            ),
            Anchor(
                term="SIGReg",
                label="normal sample",
                value=sampled,
                meaning="What random draws from the normal distribution itself cost.",
            ),
        )


def build(spec: SigregSpec, context: BuildContext) -> Sigreg:
    """Return the loss with slices of the embedding's width."""
    return Sigreg(spec, context.dim)


ENTRY = Entry(
    title="SIGReg",
    spec=SigregSpec,
    build=build,
    summary="All views meet their mean while the embeddings are kept normally distributed.",
    citation="Balestriero & LeCun 2025, arXiv:2511.08544",
)
