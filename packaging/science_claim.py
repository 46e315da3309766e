"""A claim of the literature, the runs that decide it, and what is read off a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[str, Row]
Changes = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One run of a claim."""

    preset: str
    steps: int
    data: str = "shapes"
    changes: Changes = field(default_factory=dict)
    turns: bool = False
    """True where it is asked how well quarter turns can be told from the embeddings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence, the runs that decide it, and the gaps that must stay above their gates."""

    id: str
    sentence: str
    arms: Mapping[str, Arm]
    gaps: Callable[[Rows], dict[str, float]]
    reported: frozenset[str] = frozenset()
    """Gaps that are told and not gated: what the literature saw at other budgets or images."""
    gated: bool = True


def knn(row: Row) -> float:
    """Return a run's accuracy by neighbours on held-out images."""
    return float(row["knn"])


def gain(row: Row) -> float:
    """Return by how much a run's neighbours beat those of the untrained encoder."""
    return float(row["knn"]) - float(row["random_encoder"])


def reading(row: Row, name: str) -> float:
    """Return the last reading of a monitor."""
    return float(row["readings"][name])


def term(row: Row, name: str) -> float:
    """Return a term of the last step's loss."""
    return float(row["terms"][name])
