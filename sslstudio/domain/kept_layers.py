"""What a recipe alone tells of the layers that it keeps: those that no encoder could give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import OUTPUT, PROJECTOR, Recipe
from sslstudio.domain.spec import ProjectorSpec

FIRST: Final = "representation.layer"
OTHERS: Final = "representation.also"


def kept_layer_problems(recipe: Recipe) -> Iterator[Problem]:
    """Yield which kept layers are named twice, or come from a projector that is not there."""
    kept = recipe.representation
    once = tuple(dict.fromkeys(kept.layers))
    if once != kept.layers:
        yield Problem(
            OTHERS,
            "error",
            "A layer is kept twice: its numbers would stand there twice and count double.",
            Fix("Keep each layer once", ((OTHERS, once[1:]),)),
        )
    if PROJECTOR in kept.layers and not _has_projector(recipe):
        rest = tuple(name for name in once if name != PROJECTOR) or (OUTPUT,)
        yield Problem(
            FIRST if kept.layer == PROJECTOR else OTHERS,
            "error",
            "The projector is to be kept, and this objective has none between the encoder and "
            "what it compares.",
            Fix(f"Keep {' and '.join(rest)}", ((FIRST, rest[0]), (OTHERS, rest[1:]))),
        )


def _has_projector(recipe: Recipe) -> bool:
    head = getattr(recipe.objective, "projector", None)
    return isinstance(head, ProjectorSpec) and head.kind != "none"
