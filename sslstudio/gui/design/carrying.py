"""What happens to an operation that is being dragged: where it may land, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass

from sslstudio.domain.pipelines import (
    Spot,
    copied,
    free_spot,
    inserted,
    moved,
    pipeline_at,
    refusal,
    removed,
)
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.slots import pipeline_paths
from sslstudio.domain.spec import AugmentationSpec

NOT_A_VIEW = "An operation changes images: drop it into a view."
SHARED = "Both views share this pipeline. Unlink them to give each view its own."


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """An operation in the hand: new from the palette, or taken from a card."""

    part: AugmentationSpec
    word: str
    source: Spot | None = None
    card: str = ""
    """Key of the card it was taken from."""
    copies: bool = False

    @property
    def leaving(self) -> Spot | None:
        """The place that will be empty after the drop."""
        return None if self.copies else self.source


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a drop would go, or why it would not."""

    spot: Spot | None
    reason: str = ""


def landing(recipe: Recipe, carry: Carry, card: str, spot: Spot, *, exact: bool) -> Landing:
    """Return where a carried operation would land in a card.

    An `exact` spot lies between two pills; any other gives way to the nearest one that fits.
    """
    source = carry.source
    shared = source is not None and source.pipeline == spot.pipeline and carry.card != card
    if carry.copies and shared:
        return Landing(None, SHARED)
    reason = refusal(recipe, spot, carry.part, carry.leaving)
    if reason and not exact:
        spot = _free(recipe, carry, spot.pipeline)
        reason = refusal(recipe, spot, carry.part, carry.leaving)
    return Landing(None, reason) if reason else Landing(spot)


def welcoming(recipe: Recipe, carry: Carry) -> list[str]:
    """Return the paths of the pipelines that have a place for a carried operation."""
    return [
        path
        for path in pipeline_paths(recipe)
        if any(
            not refusal(recipe, Spot(path, position), carry.part, carry.leaving)
            for position in range(len(pipeline_at(recipe, path)) + 1)
        )
    ]


def dropped(recipe: Recipe, carry: Carry, spot: Spot) -> tuple[Recipe, str, Spot]:
    """Return the recipe after a drop, words for the edit, and where the operation now stands."""
    if carry.source is None:
        return inserted(recipe, spot, carry.part), f"Add {carry.word}", spot
    if carry.copies:
        return copied(recipe, carry.source, spot), f"Copy {carry.word}", spot
    after = moved(recipe, carry.source, spot)
    passed = carry.source.pipeline == spot.pipeline and carry.source.position < spot.position
    return after, f"Move {carry.word}", Spot(spot.pipeline, spot.position - passed)


def _free(recipe: Recipe, carry: Carry, pipeline: str) -> Spot:
    if carry.leaving is None or carry.leaving.pipeline != pipeline:
        return free_spot(recipe, pipeline, carry.part)
    free = free_spot(removed(recipe, carry.leaving), pipeline, carry.part)
    passed = carry.leaving.position < free.position
    return Spot(pipeline, free.position + passed)
