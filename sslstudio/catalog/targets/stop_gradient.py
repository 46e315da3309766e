"""The same network without gradient (SimSiam: Chen & He 2021, arXiv:2011.10566, eq. 3).

Departures: none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import TargetSpec
from sslstudio.engine.joint import Target
from sslstudio.engine.parts import BuildContext


class StopGradientSpec(TargetSpec):
    """The same network, seen as a constant."""

    kind: Literal["stop-gradient"] = "stop-gradient"


class StopGradient(Target):
    """Detaches the online projections."""

    def embed(
        self, views: Sequence[Tensor], online: Sequence[Tensor], indices: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the online projections as constants  # each (batch, dim)."""
        del views, indices
        return tuple(z.detach() for z in online)


def build(_spec: StopGradientSpec, _context: BuildContext) -> StopGradient:
    """Return the branch that cuts the gradient."""
    return StopGradient()


ENTRY = Entry(
    title="Stop-gradient",
    spec=StopGradientSpec,
    build=build,
    summary="The same network as a constant: only the query branch learns.",
    citation="Chen & He 2021, arXiv:2011.10566",
)
