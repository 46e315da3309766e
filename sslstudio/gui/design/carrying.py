"""What happens to an operation that is being dragged: where it may land, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass

from sslstudio.domain.moves import (
    Spot,
    copied,
    free_spot,
    inserted,
    moved,
    refusal,
    removed,
)
from sslstudio.domain.recipe import Recipe
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
    shared = carry.source is not None and carry.source.view == spot.view and carry.card != card
    if carry.copies and shared:
        return Landing(None, SHARED)
    reason = refusal(recipe, spot, carry.part, carry.leaving)
    if reason and not exact:
        return Landing(_free(recipe, carry, spot.view))
    return Landing(None, reason) if reason else Landing(spot)


def welcoming(recipe: Recipe, carry: Carry) -> list[int]:
    """Return the numbers of the views that have a place for a carried operation."""
    return [
        number
        for number, view in enumerate(recipe.views)
        if any(
            not refusal(recipe, Spot(number, position), carry.part, carry.leaving)
            for position in range(len(view.pipeline) + 1)
        )
    ]


def dropped(recipe: Recipe, carry: Carry, spot: Spot) -> tuple[Recipe, str, Spot]:
    """Return the recipe after a drop, words for the edit, and where the operation now stands."""
    if carry.source is None:
        return inserted(recipe, spot, carry.part), f"Add {carry.word}", spot
    if carry.copies:
        return copied(recipe, carry.source, spot), f"Copy {carry.word}", spot
    after = moved(recipe, carry.source, spot)
    passed = carry.source.view == spot.view and carry.source.position < spot.position
    return after, f"Move {carry.word}", Spot(spot.view, spot.position - passed)


def _free(recipe: Recipe, carry: Carry, view: int) -> Spot:
    if carry.leaving is None or carry.leaving.view != view:
        return free_spot(recipe, view, carry.part)
    free = free_spot(removed(recipe, carry.leaving), view, carry.part)
    passed = carry.leaving.position < free.position
    return Spot(view, free.position + passed)
