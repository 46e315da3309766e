"""When embeddings have collapsed: rules over readings, with the numbers they were set by.

Each form of collapse needs spread and rank: a rank-1 cloud still reads a spread of .8, and a
low rank of z alone is a projector's normal work (Jing et al. 2022, arXiv:2110.09348).

complete     every image has the same h and the same z
dimensional  h has few directions and different images' z lie in few places; batch norm at the
             end of a projector keeps the spread up, so this is how SimSiam falls without its
             stop-gradient
projected    z is the same for every image while h still differs: the loss is at its floor and
             has nothing left to teach
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

Numbers = Mapping[str, float]
Form = Literal["", "complete", "dimensional", "projected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where readings stop being healthy.

    Set by runs of 300 to 400 steps on small convnets (h 64 and 96 wide, batch 128): SGD on
    digits and on CIFAR-10 at 16 px, AdamW on the generated shapes. Readings from step 75 on:

    ==========================  ============  ==========  =======  =======  ==========
    run                         uniformity    spread_z    rank_z   rank     rank_share
    ==========================  ============  ==========  =======  =======  ==========
    SimSiam                     -1.0 to -2.1  .79 to .98  3 to 30  4 to 18  .04 to .29
    BYOL                        -1.3 to -1.7  .70 to .86  4 to 22  5 to 16  .09 to .28
    VICReg, Barlow, SimCLR      -1.6 to -3.6  .68 to .99  12 - 67  13 - 30  .20 to .47
    untrained, norms settled    -2.1 to -2.7  .74 to .90  70 - 87  41 - 42  .44 to .68
    SimSiam, no stop-gradient   -.05 to -.45  .51 to .79  1 to 5   3 to 5   .03 to .09
    BYOL, no predictor          -.03 to -.10  .08 to .15  5 to 8   18 - 23  .29 to .36
    ==========================  ============  ==========  =======  =======  ==========
    """

    spread: float = 0.1
    rank: float = 2.0
    """A constant has spread 0 and rank 1; a rank-1 cloud keeps its spread."""
    uniformity: float = -0.6
    """Two opposite points have -.69, three even clusters -1.1."""
    spread_z: float = 0.6
    """Stands in for the uniformity where that is not measured; misses some collapses."""
    rank_share: float = 0.15
    projected_uniformity: float = -0.3
    projected_spread: float = 0.2
    projected_rank_share: float = 0.1
    healthy_spread: float = 0.6
    healthy_rank_share: float = 0.1


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The readings that a verdict looks at; None for what no monitor took."""

    spread: float | None = None
    spread_z: float | None = None
    rank: float | None = None
    rank_share: float | None = None
    rank_share_centred: float | None = None
    rank_z: float | None = None
    rank_share_z: float | None = None
    alignment: float | None = None
    uniformity: float | None = None
    knn: float | None = None

    @classmethod
    def among(cls, readings: Numbers) -> Self:
        """Return the known ones among all readings."""
        return cls(**{name: readings[name] for name in cls.__slots__ if name in readings})

    def known(self) -> dict[str, float]:
        """Return the readings that were taken."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def has_projector(self) -> bool:
        """True if the loss sees something else than h."""
        return self.rank_z is not None and self.rank_z != self.rank

    @property
    def rank_centred(self) -> float:
        """The effective rank of h around its mean, or as it is where that was not taken."""
        rank = math.inf if self.rank is None else self.rank
        if self.rank_share_centred is None or not self.rank_share:
            return rank
        return rank * self.rank_share_centred / self.rank_share


def form_of_collapse(now: Readings, limits: Limits = LIMITS) -> Form:
    """Return which collapse the readings show; nothing without both spread and rank.

    Features far from zero (an autoencoder's) have a low rank and point the same way until they
    are centred, hence the looks around the mean. A classifier of a few classes ends with as few
    directions, hence the narrow form only where two views are compared.
    """
    if now.spread is None or now.spread_z is None or now.rank is None or now.rank_z is None:
        return ""
    if max(now.rank, now.rank_z) < limits.rank:
        if max(now.spread, now.spread_z) < limits.spread:
            return "complete"
        if now.rank_centred < limits.rank:
            return "dimensional"
    if now.has_projector and _is_projected(now, limits):
        return "projected"
    compares = now.has_projector or now.alignment is not None
    return "dimensional" if compares and _is_narrow(now, limits) else ""


def _is_narrow(now: Readings, limits: Limits) -> bool:
    """Return whether h and z have few directions and different images' z lie in few places."""
    shares = (now.rank_share, now.rank_share_centred, now.rank_share_z)
    few = all(share is not None and share < limits.rank_share for share in shares)
    return few and _is_crowded(now, limits)


def _is_crowded(now: Readings, limits: Limits) -> bool:
    """Return whether the projections of different images lie in few places."""
    if now.uniformity is None:
        return (now.spread_z or 0.0) < limits.spread_z
    return now.uniformity > limits.uniformity


def _is_projected(now: Readings, limits: Limits) -> bool:
    """Return whether all projections point the same way while h still differs."""
    return (
        (now.spread_z or 0.0) < limits.projected_spread
        and (now.uniformity is None or now.uniformity > limits.projected_uniformity)
        and (now.rank_share_z or 0.0) < limits.projected_rank_share
    )
