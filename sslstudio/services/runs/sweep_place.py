"""Which runs belong to one sweep: written into each run, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from secrets import token_hex
from typing import Any

from sslstudio.domain.sweep import Trial
from sslstudio.services.runs.branching import origin_of
from sslstudio.services.runs.folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlace:
    """Which run of which sweep a run is."""

    sweep: str
    """What the runs of one sweep have in common and no others have."""
    label: str
    """What was varied."""
    value: Any
    position: int
    """Counted from 1."""
    count: int

    def noted(self) -> dict[str, Any]:
        """Return it as it is written into a run's environment."""
        return {"sweep": asdict(self)}

    def words(self) -> str:
        """Return how far the sweep is."""
        return f"run {self.position} of {self.count}"


def places_of(trials: Sequence[Trial]) -> tuple[SweepPlace, ...]:
    """Return the places of the trials in a new sweep."""
    sweep = token_hex(4)
    return tuple(
        SweepPlace(
            sweep=sweep,
            label=trial.label,
            value=trial.value,
            position=number,
            count=len(trials),
        )
        for number, trial in enumerate(trials, start=1)
    )


def place_of(folder: RunFolder) -> SweepPlace | None:
    """Return where a run stands in a sweep; None for a run of its own.

    A branch is a run of its own, though it has the environment of the run that it comes from.
    """
    content = folder.environment().get("sweep")
    if not isinstance(content, dict) or origin_of(folder) is not None:
        return None
    with suppress(KeyError, TypeError, ValueError):
        return SweepPlace(
            sweep=str(content["sweep"]),
            label=str(content["label"]),
            value=content["value"],
            position=int(content["position"]),
            count=int(content["count"]),
        )
    return None
