"""Effective rank: in how many directions do the embeddings differ?

RankMe (Garrido et al. 2023, arXiv:2210.02885, eq. 1 and 2): the exponential of the entropy of
the singular values of h, not centred.

Departures: the paper uses 25,600 images; with the one or two thousand of a live measurement the
number is smaller, so it is also given as a share of what isotropic points of the same number and
width have.
"""

from __future__ import annotations

from typing import Final, Literal

import torch

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import MonitorSpec
from sslstudio.engine.geometry import effective_rank, is_measurable, isotropic_rank
from sslstudio.engine.parts import BuildContext, Gauge, Monitor, Reading, Snapshot

HEALTHY_SHARE: Final = 0.1
"""Of the width. Healthy small convnets were seen from .07 (SimSiam, early) to .4."""

Z_IMAGES: Final = 512
"""Images that z's rank is taken of: a wide projector's full problem takes eight times as long."""


class EffectiveRankSpec(MonitorSpec):
    """How many directions carry the embeddings."""

    kind: Literal["effective-rank"] = "effective-rank"


class EffectiveRank(Monitor):
    """Reads `rank` and `rank_share` of h and of z (`_z`), and h's share around its mean."""

    def __init__(self, dim: int) -> None:
        width = float(dim)
        self.gauges = (
            Gauge(
                name="rank",
                label="Effective rank",
                how_to_read="RankMe of h: directions in use",
                healthy=(HEALTHY_SHARE * width, width) if dim else None,
                low=0.0,
                high=width or None,
                digits=0,
            ),
        )

    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return ranks and shares; nothing unless there are two finite embeddings."""
        if not (is_measurable(snapshot.h) and is_measurable(snapshot.z)):
            return ()
        h = snapshot.h
        rank, most = effective_rank(h), isotropic_rank(*h.shape)
        around_mean = effective_rank(h - h.mean(dim=0))
        return (
            Reading(name="rank", value=rank),
            Reading(name="rank_share", value=rank / most),
            Reading(name="rank_share_centred", value=around_mean / most),
            *_projected(snapshot, rank, rank / most),
        )


def _projected(snapshot: Snapshot, rank: float, share: float) -> tuple[Reading, Reading]:
    """Return the readings of z, exactly those of h where nothing projects it."""
    if not torch.equal(snapshot.z, snapshot.h):
        z = snapshot.z[:Z_IMAGES]
        rank = effective_rank(z)
        share = rank / isotropic_rank(*z.shape)
    return Reading(name="rank_z", value=rank), Reading(name="rank_share_z", value=share)


def build(_spec: EffectiveRankSpec, context: BuildContext) -> EffectiveRank:
    """Return the monitor; the context's width is the representation's."""
    return EffectiveRank(context.dim)


ENTRY = Entry(
    title="Effective rank",
    spec=EffectiveRankSpec,
    build=build,
    summary="Directions in use; falls in a dimensional collapse that the spread does not show.",
    citation="Garrido et al. 2023, arXiv:2210.02885",
)
