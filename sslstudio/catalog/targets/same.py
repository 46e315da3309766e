"""The target is the online network itself, gradient included.

As in SimCLR (Chen et al. 2020, arXiv:2002.05709, eq. 1), VICReg and Barlow Twins.

Departures: none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import TargetSpec
from sslstudio.engine.joint import Target
from sslstudio.engine.parts import BuildContext


class SameSpec(TargetSpec):
    """The same network; the gradient flows through both branches."""

    kind: Literal["same"] = "same"
    carries_gradient: ClassVar[bool] = True


class Same(Target):
    """Hands the online projections back."""

    def embed(
        self, views: Sequence[Tensor], online: Sequence[Tensor], indices: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the online projections themselves  # each (batch, dim)."""
        del views, indices
        return tuple(online)


def build(_spec: SameSpec, _context: BuildContext) -> Same:
    """Return the branch that is no branch."""
    return Same()


ENTRY = Entry(
    title="Same network",
    spec=SameSpec,
    build=build,
    summary="Both views pass through one network and both carry gradient.",
)
