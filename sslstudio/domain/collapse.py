"""When embeddings have collapsed: rules over readings, with the numbers they were set by.

A verdict of collapse needs spread and rank: a rank-1 cloud still reads a spread of .8, and a
low rank of z alone is a projector's normal work (Garrido et al. 2023; Jing et al. 2022).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

Numbers = Mapping[str, float]
Form = Literal["", "complete", "dimensional"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where readings stop being healthy."""

    spread: float = 0.1
    spread_z: float = 0.1
    rank: float = 2.0
    """Complete collapse: all below. A constant has spread 0 and rank 1."""
    rank_share: float = 0.1
    rank_of_untrained: float = 0.6
    rank_z: float = 6.0
    uniformity: float = -0.7
    """Dimensional collapse: h and z have few directions, h fewer than untrained, and different
    images' projections hardly differ; two opposite points have a uniformity of -.69."""
    spread_z_alone: float = 0.75
    """Stands in for the uniformity where that is not measured."""
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
    rank_z: float | None = None
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


def form_of_collapse(now: Readings, untrained: Readings, limits: Limits = LIMITS) -> Form:
    """Return which collapse the readings show; nothing without both spread and rank."""
    if now.spread is None or now.rank is None:
        return ""
    spread_z = now.spread if now.spread_z is None else now.spread_z
    rank_z = now.rank if now.rank_z is None else now.rank_z
    is_flat = now.rank < limits.rank and rank_z < limits.rank
    if is_flat and now.spread < limits.spread and spread_z < limits.spread_z:
        return "complete"
    if is_flat or (
        _is_narrow(now, untrained, limits)
        and rank_z < limits.rank_z
        and _is_crowded(now.uniformity, spread_z, limits)
    ):
        return "dimensional"
    return ""


def _is_narrow(now: Readings, untrained: Readings, limits: Limits) -> bool:
    """Return whether h has few directions for its width, and fewer than it began with."""
    if now.rank is None or now.rank_share is None:
        return False
    began = math.inf if untrained.rank is None else untrained.rank
    return now.rank_share < limits.rank_share and now.rank < limits.rank_of_untrained * began


def _is_crowded(uniformity: float | None, spread_z: float, limits: Limits) -> bool:
    """Return whether the projections of different images lie in nearly the same places."""
    if uniformity is None:
        return spread_z < limits.spread_z_alone
    return uniformity > limits.uniformity
