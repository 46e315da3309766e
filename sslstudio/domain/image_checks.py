"""What an objective asks of images: colours, labels, sequences, enough pixels for its pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """What is known about the images when a recipe is checked."""

    train_images: int
    channels: int
    labelled: int | None = None
    """Training images with a label; None if unknown."""
    in_sequences: int | None = None
    """Training images that have other frames of their sequence; None if unknown."""
    is_grey: bool = False
    """True if no image has any colour, even where there are three channels."""


def image_problems(recipe: Recipe, facts: DataFacts | None) -> Iterator[Problem]:
    """Yield what the images, at the size that the encoder meets them, cannot give."""
    yield from _pieces(recipe)
    yield from _statistics(recipe)
    operations = (part for view in recipe.views for part in view.pipeline)
    if recipe.encoder.needs_colour or any(part.needs_colour for part in operations):
        yield from _colours(recipe, facts)
    if facts is not None:
        yield from _labels(recipe, facts)
        yield from _sequences(recipe, facts)


def _pieces(recipe: Recipe) -> Iterator[Problem]:
    least, drawn = recipe.encoder.minimum_size, 0
    for index, view in enumerate(recipe.views):
        drawn += view.copies
        if drawn <= recipe.objective.whole_views:
            continue
        size = view.size or recipe.data.size
        piece = recipe.objective.piece_size(size)
        if piece < least <= size:
            yield Problem(
                f"views.{index}.size",
                "error",
                f"This objective cuts views of {size} px into pieces of {piece} px, and the "
                f"encoder needs {least} px. Use larger views.",
            )


def _statistics(recipe: Recipe) -> Iterator[Problem]:
    """Yield where the data set's mean and deviation meet channels that they were not taken of."""
    for index, view in enumerate(recipe.views):
        converted = ""
        for position, part in enumerate(view.pipeline):
            converted = part.kind if part.converts else converted
            if converted and getattr(part, "statistics", "") == "dataset":
                path = f"views.{index}.pipeline.{position}.statistics"
                yield Problem(
                    path,
                    "error",
                    "The data set's mean and deviation are those of its own channels, and "
                    f"{converted} makes others of them.",
                    Fix("Normalise by .5 and .5", ((path, "half"),)),
                )


def _colours(recipe: Recipe, facts: DataFacts | None) -> Iterator[Problem]:
    asks = bool(recipe.objective.asks_channels) or recipe.encoder.needs_colour
    if recipe.data.channels == "gray" and asks:
        yield Problem(
            "data.channels",
            "error",
            "The colours of images are asked for, and they are read in grey.",
            Fix("Read them in colour", (("data.channels", "rgb"),)),
        )
    elif facts is not None and facts.is_grey:
        yield Problem(
            "data.source",
            "error",
            "The colours of images are asked for, and these are all grey. "
            "Choose other images, or a recipe that needs no colours.",
        )


def _labels(recipe: Recipe, facts: DataFacts) -> Iterator[Problem]:
    if recipe.objective.needs_labels and facts.labelled == 0:
        yield Problem(
            "objective",
            "error",
            "This objective learns from labels, and none of the training images has one. "
            "Give class folders or a CSV of labels.",
        )


def _sequences(recipe: Recipe, facts: DataFacts) -> Iterator[Problem]:
    for index, view in enumerate(recipe.views):
        if view.frames and facts.in_sequences == 0:
            path = f"views.{index}.frames"
            yield Problem(
                path,
                "error",
                "This view is drawn from neighbouring frames, and the images form no sequences: "
                "they come from no video and their names carry no numbers (walk-0001.png).",
                Fix("Draw it from the image itself", ((path, 0),)),
            )
