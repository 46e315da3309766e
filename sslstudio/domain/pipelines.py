"""Pure edits of pipelines: what dragging an operation does, and where it may stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from sslstudio.domain.edits import value_at
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.moves import placed
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import AugmentationSpec, Spec

Pipeline = tuple[AugmentationSpec, ...]
VIEWS = "views."


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a pipeline: the pipeline's path, and how many operations stand before it."""

    pipeline: str
    position: int

    @classmethod
    def in_view(cls, view: int, position: int) -> Self:
        """Return a place in a view's pipeline."""
        return cls(f"{VIEWS}{view}.pipeline", position)

    @property
    def path(self) -> str:
        """The dotted path of the operation at this place."""
        return f"{self.pipeline}.{self.position}"


def inserted(recipe: Recipe, spot: Spot, part: AugmentationSpec) -> Recipe:
    """Return the recipe with an operation put in before the one at `spot`."""
    pipeline = pipeline_at(recipe, spot.pipeline)
    at = min(spot.position, len(pipeline))
    return placed(recipe, spot.pipeline, (*pipeline[:at], part, *pipeline[at:]))


def removed(recipe: Recipe, spot: Spot) -> Recipe:
    """Return the recipe without the operation at `spot`."""
    operation_at(recipe, spot)
    pipeline = pipeline_at(recipe, spot.pipeline)
    rest = (*pipeline[: spot.position], *pipeline[spot.position + 1 :])
    return placed(recipe, spot.pipeline, rest)


def moved(recipe: Recipe, source: Spot, target: Spot) -> Recipe:
    """Return the recipe with an operation moved to a gap, counted while it is still in place."""
    part = operation_at(recipe, source)
    return inserted(removed(recipe, source), _without(source, target), part)


def copied(recipe: Recipe, source: Spot, target: Spot) -> Recipe:
    """Return the recipe with a copy of an operation put into a gap of any pipeline."""
    return inserted(recipe, target, operation_at(recipe, source))


def operation_at(recipe: Recipe, spot: Spot) -> AugmentationSpec:
    """Return the operation at a place; RecipeError if there is none."""
    pipeline = pipeline_at(recipe, spot.pipeline)
    if not 0 <= spot.position < len(pipeline):
        raise RecipeError(f"{spot.path}: this pipeline has {len(pipeline)} operations.")
    return pipeline[spot.position]


def pipeline_at(recipe: Recipe, path: str) -> Pipeline:
    """Return the operations of a pipeline; RecipeError if there is none at this path."""
    found: Pipeline = value_at(recipe, path)
    return found


def refusal(recipe: Recipe, spot: Spot, part: AugmentationSpec, leaving: Spot | None = None) -> str:
    """Return why an operation cannot stand in a gap; empty if it can.

    `leaving` is its present place, if it is being moved and not added.
    """
    if leaving is not None:
        recipe, spot = removed(recipe, leaving), _without(leaving, spot)
    before = pipeline_at(recipe, spot.pipeline)
    at = min(spot.position, len(before))
    after = (*before[:at], part, *before[at:])
    in_view = spot.pipeline.startswith(VIEWS)
    reason = misplacement(after, at, in_view=in_view)
    if reason or not part.normalises:
        return reason
    others = (misplacement(after, place, in_view=in_view) for place in range(at + 1, len(after)))
    if any(others):
        return f"{named(part)} belongs at the end, after everything that works on pixel values."
    return ""


def misplacement(pipeline: Sequence[AugmentationSpec], position: int, *, in_view: bool) -> str:
    """Return why the operation at a position cannot stand there; empty if it can."""
    part = pipeline[position]
    if part.normalises and not in_view:
        return f"{named(part)} belongs into a view: what stands here works on pixel values."
    if part.converts and not in_view:
        return f"{named(part)} belongs into a view: what stands here keeps the images' channels."
    if not any(earlier.normalises for earlier in pipeline[:position]):
        return ""
    if part.normalises:
        return f"{named(part)} stands here already: one for each view is enough."
    if part.after_normalise:
        return ""
    return (
        f"{named(part)} works on pixel values between 0 and 1: put it in front of the "
        "normalisation."
    )


def well_ordered(pipeline: Sequence[AugmentationSpec], *, in_view: bool) -> Pipeline:
    """Return the same operations with one normalisation at their end, or none outside a view."""
    first = next((part for part in pipeline if part.normalises), None)
    rest = [part for part in pipeline if not part.normalises]
    if not in_view:
        return tuple(part for part in rest if not part.converts)
    if first is None:
        return tuple(rest)
    early = [part for part in rest if not part.after_normalise]
    late = [part for part in rest if part.after_normalise]
    return (*early, first, *late)


def free_spot(recipe: Recipe, pipeline: str, part: AugmentationSpec) -> Spot:
    """Return the last place in a pipeline where an operation fits; its start if there is none."""
    last = len(pipeline_at(recipe, pipeline))
    spots = (Spot(pipeline, position) for position in range(last, 0, -1))
    return next((spot for spot in spots if not refusal(recipe, spot, part)), Spot(pipeline, 0))


def named(part: Spec) -> str:
    """Return a part's kind as the first word of a sentence."""
    words = part.kind.replace("-", " ")
    return words[:1].upper() + words[1:]


def _without(source: Spot, target: Spot) -> Spot:
    """Return a gap's number once the operation at `source` is gone."""
    if source.pipeline == target.pipeline and target.position > source.position:
        return Spot(target.pipeline, target.position - 1)
    return target
