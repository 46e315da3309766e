"""Total coding rate and patch similarity (EMP-SSL: Tong et al. 2023, arXiv:2304.03977, eq. 3).

R(Z_v) = 1/2 log det(I + d / (N eps) Z_v^T Z_v) for each view's N unit embeddings of d dimensions;
loss = -mean over views of R(Z_v) + lambda * (1 - mean cosine of each patch to its image's mean
over all patches). The rate of one direction for all is 1/2 ln(1 + d / eps), the largest, with
every dimension alike, d/2 ln(1 + 1 / eps).

Departures: 1 - cosine where the paper has -cosine, so that the term is 0 when all patches agree;
as in the authors' code (and unlike the paper's eq. 2) eps is not squared. Local views have no
target: the mean is that of the targets, the rate that of every view.
"""

from __future__ import annotations

import math
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

FEW_VIEWS: Final = 4
"""With fewer patches their mean is mostly the patch itself and says little about the image."""
PAPER_VIEWS: Final = 20


class TcrSpec(LossSpec):
    """Patches agree with their image's mean while all images together fill the space."""

    kind: Literal["tcr"] = "tcr"
    prevents_collapse: ClassVar[bool] = True
    epsilon: Annotated[
        float,
        Range(0.01, 10.0, log=True),
        Ui(
            "Distortion",
            "Size of the details that the coding rate ignores: smaller values spread harder.",
            live=True,
        ),
    ] = 0.2
    similarity: Annotated[
        float,
        Range(0.0, 1000.0),
        Ui("Patch similarity", "Weight of the agreement of patches with their mean.", live=True),
    ] = 200.0

    def doubts(self, wiring: Wiring, /) -> Iterator[Problem]:
        """Yield a warning where an image gives too few patches for a mean."""
        if wiring.views < FEW_VIEWS:
            yield Problem(
                "views",
                "warning",
                f"The mean of {wiring.views} patches is mostly the patch itself; this loss was "
                f"made for about {PAPER_VIEWS} patches of each image.",
                Fix(f"Draw {PAPER_VIEWS} views", (("views.0.copies", PAPER_VIEWS),)),
            )


class Tcr(PairLoss):
    """Coding rate against patch similarity."""

    def __init__(self, spec: TcrSpec) -> None:
        super().__init__()
        self.spec = spec

    def terms(
        self,
        queries: Sequence[Tensor],
        targets: Sequence[Tensor],
        similarity: Similarity,
        memory: Tensor | None,
    ) -> dict[str, Tensor]:
        """Return the loss, the coding rate and the patches' mean cosine to their mean."""
        del similarity, memory
        require_views(queries)
        with full_precision(queries[0]):
            patches = _unit(queries)  # (views, images, dim)
            mean = _unit(targets).mean(dim=0)  # (images, dim)
            agreement = F.cosine_similarity(patches, mean[None], dim=2).mean()
            rate = _coding_rate(patches, self.spec.epsilon)
        return {
            "loss": self.spec.similarity * (1.0 - agreement) - rate,
            "coding rate": rate.detach(),
            "patch similarity": agreement.detach(),
        }

    def anchors(
        self, batch_size: int, views: int, dim: int, *, stored: int = 0, bounded: bool = True
    ) -> tuple[Anchor, ...]:
        """Return the rates of one direction and of all directions alike."""
        del views, stored, bounded
        epsilon = self.spec.epsilon
        one = 0.5 * math.log1p(dim / epsilon)
        # N unit vectors fill at most N directions.
        rank = min(batch_size, dim)
        full = 0.5 * rank * math.log1p(dim / (rank * epsilon))
        alike, spread = (
            "Every embedding is the same: patches agree and nothing is coded.",
            "Patches agree and images fill all directions evenly.",
        )
        return (
            Anchor(term="loss", label="all alike", value=-one, meaning=alike, kind="collapse"),
            Anchor(term="loss", label="floor", value=-full, meaning=spread, kind="bound"),
            Anchor(
                term="coding rate", label="all alike", value=one, meaning=alike, kind="collapse"
            ),
            Anchor(term="coding rate", label="isotropic", value=full, meaning=spread, kind="bound"),
        )


def _unit(views: Sequence[Tensor]) -> Tensor:
    return F.normalize(torch.stack([view.float() for view in views]), dim=2)


def _coding_rate(patches: Tensor, epsilon: float) -> Tensor:
    """Return the mean over views of R  # (views, images, dim) -> ()."""
    images, dim = patches.shape[1:]
    # det(I + a Z^T Z) = det(I + a Z Z^T): the smaller of the two matrices will do.
    rows = patches.mT if dim < images else patches
    gram = rows @ rows.mT  # (views, n, n) with n = min(images, dim)
    identity = torch.eye(gram.shape[1], device=gram.device)
    return 0.5 * torch.logdet(identity + dim / (images * epsilon) * gram).mean()


def build(spec: TcrSpec, _context: BuildContext) -> Tcr:
    """Return the loss."""
    return Tcr(spec)


ENTRY = Entry(
    title="Total coding rate",
    spec=TcrSpec,
    build=build,
    summary="Many patches agree with their mean while all images fill the space; no negatives.",
    citation="Tong et al. 2023, arXiv:2304.03977",
)
