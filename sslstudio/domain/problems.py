"""What is wrong with a recipe, as values with their remedies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A mechanical remedy: the values to set, by dotted path."""

    label: str
    edits: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error cannot be built or run; a warning runs but is expected to fail or mislead."""

    path: str
    severity: Severity
    text: str
    fix: Fix | None = None
