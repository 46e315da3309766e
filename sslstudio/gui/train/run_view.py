"""A run as the Train page is given it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sslstudio.domain.events import Event
from sslstudio.domain.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run that is training or lies on disk, with the events it has so far."""

    id: str
    name: str
    folder: Path
    """Where the pictures of its `Shown` events lie."""
    recipe: Recipe | None = None
    """What it trains; None if this build cannot read it."""
    events: tuple[Event, ...] = ()
    sweep: str = ""
    """Which run of a sweep it is, in words; empty for a run of its own."""
    origin: str = ""
    """The sentence that says where it branched off; empty for a run of its own."""
    kept: frozenset[int] = frozenset()
    """The checkpoints that the user asked to keep."""
