"""W-MSE: whiten, then meet (Ermolov et al. 2021, arXiv:2007.06346, eq. 3 to 7).

Each view's embeddings are whitened over a sub-batch, z = L^-1 (v - mean) with L the Cholesky
factor of their covariance (which divides by N - 1), so that a constant embedding is impossible;
loss = |z_a/|z_a| - z_b/|z_b||^2 = 2 - 2 cos(z_a, z_b), mean over images and pairs of views.

Departures: 1e-8 is added to every variance, which gives few or degenerate images a factor, and
the factor is taken in double precision where the device has it. More would let the collapse in
again: with a thousandth of the mean variance added, one direction outgrows the others, which are
then whitened to nothing (on generated shapes z's effective rank fell to 1.1 within 75 steps). The
batch is cut into sub-batches in the order in which the sampler shuffled it; the authors shuffle
it once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import TrainingError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import LossSpec, Wiring
from sslstudio.engine.joint import PairLoss, Similarity
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, BuildContext
from sslstudio.engine.view_pairs import mean_over, pairs_of, require_views

LEAST_VARIANCE: Final = 1e-8
"""What varies less counts as constant."""
SHORTEST: Final = 1e-6


class WMseSpec(LossSpec):
    """Whitened embeddings of two views are the same."""

    kind: Literal["w-mse"] = "w-mse"
    prevents_collapse: ClassVar[bool] = True
    images: Annotated[
        int | None,
        Range(4, 16384, log=True),
        Ui(
            "Whitened together",
            "Images in one sub-batch, or the whole batch where it holds fewer; empty takes twice "
            "as many as the embedding has dimensions.",
        ),
    ] = None

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield an error where whitening leaves nothing to learn, a warning where little."""
        together = min(wiring.batch_size, self.images or wiring.batch_size)
        if wiring.dim is None or together < 2 or together >= 2 * wiring.dim:
            return
        if together <= wiring.dim:
            text = "all become equally far apart, so that there is nothing left to learn"
        else:
            text = "they are told apart mostly by chance, and twice as many as dimensions are usual"
        half = max(2, together // 2)
        yield Problem(
            "objective.projector.output",
            "error" if together <= wiring.dim else "warning",
            f"{together} images are whitened in {wiring.dim} dimensions: {text}.",
            Fix(f"Embed into {half} dimensions", (("objective.projector.output", half),)),
        )


class WMse(PairLoss):
    """Distance of whitened unit vectors."""

    def __init__(self, spec: WMseSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, from 0 (met) over 2 (unrelated) to 4 (opposite)."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            known = {id(view): self._directions(view.float()) for view in (*queries, *targets)}
            whitened = [known[id(query)] for query in queries]
            goals = [known[id(target)] for target in targets]
            return {"loss": mean_over(pairs_of(whitened, goals), _distance)}

    def _directions(self, view: Tensor) -> Tensor:
        """Return whitened unit vectors  # (images, dim)."""
        images, dim = view.shape
        parts = max(1, images // (self.spec.images or 2 * dim))
        whitened = torch.cat([_whitened(part) for part in view.tensor_split(parts)])
        return F.normalize(whitened, dim=1, eps=SHORTEST)

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the value of constant or unrelated embeddings and the floor."""
        del batch_size, views, dim, stored, bounded
        return (
            Anchor(
                term="loss",
                label="all alike, or unrelated",
                value=2.0,
                meaning="Nothing is left after whitening, or the views have nothing in common.",
                kind="collapse",
            ),
            Anchor(
                term="loss",
                label="floor",
                value=0.0,
                meaning="Views agree in every whitened direction.",
                kind="bound",
            ),
        )


def _whitened(part: Tensor) -> Tensor:
    precise = part if part.device.type == "mps" else part.double()
    centred = precise - precise.mean(dim=0)
    covariance = centred.T @ centred / (len(part) - 1)  # (dim, dim)
    ground = LEAST_VARIANCE * torch.eye(len(covariance), dtype=precise.dtype, device=part.device)
    try:
        factor = torch.linalg.cholesky(covariance + ground)
    except RuntimeError as error:
        if "positive-definite" not in str(error):
            raise
        raise TrainingError(
            "The embeddings of a batch cannot be whitened: they are not numbers any more or "
            "lie in too few directions.",
            "Lower the learning rate, raise the batch, or embed into fewer dimensions.",
        ) from error
    solved: Tensor = torch.linalg.solve_triangular(factor, centred.T, upper=False)
    return solved.T.float()


def _distance(query: Tensor, target: Tensor) -> Tensor:
    return 2.0 - 2.0 * (query * target).sum(dim=1).mean()


def build(spec: WMseSpec, _context: BuildContext) -> WMse:
    """Return the loss."""
    return WMse(spec)


ENTRY = Entry(
    title="W-MSE",
    spec=WMseSpec,
    build=build,
    summary="Whitened embeddings of two views meet; whitening itself rules collapse out.",
    citation="Ermolov et al. 2021, arXiv:2007.06346",
)
