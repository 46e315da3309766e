"""What the Evaluate page needs from whoever can evaluate runs; no Qt here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sslstudio.gui.evaluate.sweep_plots import SweepCourse

Progress = Callable[[float, str], None]
"""Takes the share that is done, 0 to 1, and words such as `Embedding images 4,210 of 50,000`."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One result with the interval it is uncertain by."""

    value: float
    low: float | None = None
    high: float | None = None
    detail: str = ""
    """How it was measured, for the tooltip."""
    lower_is_better: bool = False
    is_share: bool = True
    """True if the value is a fraction of one, shown in per cent."""


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """Measures of one run, or of a baseline, on one data set; named by protocol."""

    run_id: str
    """A baseline of one run's encoder is `RUN/BASELINE`; others have an id of their own."""
    name: str
    data: str
    is_baseline: bool = False
    measures: Mapping[str, Measure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunChoice:
    """A run that may be evaluated."""

    run_id: str
    name: str
    data: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolChoice:
    """A way to evaluate: the word that names it, its title and one line on what it does."""

    name: str
    title: str
    summary: str


class EvaluationSource(Protocol):
    """Evaluates runs; all but `protocols` read disks and are called on a background thread."""

    def protocols(self) -> Sequence[ProtocolChoice]:
        """Return the protocols that can be chosen, the default one first."""
        ...

    def runs(self) -> Sequence[RunChoice]:
        """Return the runs that have an encoder to evaluate, newest first."""
        ...

    def results(self) -> Sequence[EvaluationRow]:
        """Return what was measured before, from disk."""
        ...

    def sweeps(self) -> Sequence[SweepCourse]:
        """Return the sweeps among the runs with their last readings, newest first."""
        ...

    def evaluate(
        self, run_id: str, protocol: str, progress: Progress, cancelled: Callable[[], bool]
    ) -> Sequence[EvaluationRow]:
        """Return the run's row and its baselines; CancelledError once `cancelled` is true.

        Raises StudioError with a sentence for a person if it cannot be done.
        """
        ...
