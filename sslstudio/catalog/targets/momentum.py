"""A slowly following copy of the network (MoCo: He et al. 2020, eq. 2; BYOL: Grill et al. 2020).

The copy's weights are xi <- m xi + (1 - m) theta after each step, with m rising along a half
cosine from its start to its end value (BYOL, arXiv:2006.07733, section 3.2). Batch-norm
statistics: the copy runs in training mode, so each batch normalises itself, and its running
statistics are its own.

Departures: short runs need a faster copy than BYOL's .996.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.schedule import cosine_between
from sslstudio.domain.spec import TargetSpec
from sslstudio.engine.average import FirstMomentum, LastMomentum, follow, frozen_copy
from sslstudio.engine.joint import Target
from sslstudio.engine.parts import BuildContext


class MomentumSpec(TargetSpec):
    """An exponential moving average of the online network."""

    kind: Literal["momentum"] = "momentum"
    start: FirstMomentum = 0.97
    end: LastMomentum = 1.0


class Momentum(Target):
    """Embeds the views with the averaged network."""

    reads_views: ClassVar[bool] = True

    def __init__(self, spec: MomentumSpec) -> None:
        super().__init__()
        self.spec = spec
        self.teacher: nn.Module = nn.Identity()

    def attach(self, online: nn.Module) -> None:
        """Copy the online network; the copy shares no storage and takes no gradient."""
        self.teacher = frozen_copy(online)

    @torch.no_grad()
    def embed(
        self, views: Sequence[Tensor], online: Sequence[Tensor], indices: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the averaged network's projections  # each (batch, dim)."""
        del online, indices
        return tuple(self.teacher(view) for view in views)

    def after_step(self, online: nn.Module, progress: float) -> None:
        """Move the copy towards the online weights."""
        follow(self.teacher, online, cosine_between(self.spec.start, self.spec.end, progress))


def build(spec: MomentumSpec, _context: BuildContext) -> Momentum:
    """Return the averaged branch."""
    return Momentum(spec)


ENTRY = Entry(
    title="Momentum encoder",
    spec=MomentumSpec,
    build=build,
    summary="A slowly moving average of the network supplies the targets.",
    citation="He et al. 2020, arXiv:1911.05722; Grill et al. 2020, arXiv:2006.07733",
)
