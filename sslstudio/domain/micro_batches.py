"""What can be wrong with the micro-batches of a step, and what each way of adding them up means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import LossSpec, ObjectiveSpec, UnknownSpec

COUNT: Final = "training.micro_batches"
WAY: Final = "training.micro_batching"
TASK: Final = "objective"


def micro_batch_problems(recipe: Recipe, facts: DataFacts | None) -> Iterator[Problem]:
    """Yield what is wrong or misleading about a step of several micro-batches."""
    count, objective = recipe.training.micro_batches, recipe.objective
    if count == 1 or not objective.trainable or isinstance(objective, UnknownSpec):
        return
    images = recipe.training.batch_size
    if facts is not None:
        images = min(images, facts.train_images)
    yield from _sizes(images, count)
    cached = recipe.training.micro_batching == "grad-cache"
    if cached and not objective.embeds_first:
        # At the task, so that its block on the canvas is marked as well.
        yield Problem(
            TASK,
            "error",
            "GradCache embeds all images of a step before it compares them, which this task "
            "cannot do: only joint embedding can.",
            Fix("Accumulate the gradients", ((WAY, "accumulate"),)),
        )
    elif not cached and _compares(objective):
        yield _no_negatives(objective, images // count, images)


def _sizes(images: int, count: int) -> Iterator[Problem]:
    if images < 2 * count:
        most = max(1, images // 2)
        yield Problem(
            COUNT,
            "error",
            f"{images} images in {count} micro-batches leave less than two images in some, with "
            "nothing to be compared with or normed by.",
            Fix(f"Set the micro-batches to {most}", ((COUNT, most),)),
        )
    elif images % count:
        even = max(number for number in range(1, count) if images % number == 0)
        yield Problem(
            COUNT,
            "warning",
            f"{images} images do not divide into {count} micro-batches: some hold "
            f"{images // count}, others {images // count + 1}.",
            Fix(f"Set the micro-batches to {even}", ((COUNT, even),)),
        )


def _compares(objective: ObjectiveSpec) -> bool:
    loss = getattr(objective, "loss", None)
    own = isinstance(loss, LossSpec) and loss.compares_images
    return own or objective.has_batch_negatives


def _no_negatives(objective: ObjectiveSpec, seen: int, images: int) -> Problem:
    text = (
        f"Accumulation adds no negatives: the loss compares the {seen} images of one micro-batch, "
        f"as a batch of {seen} would."
    )
    if not objective.embeds_first:
        return Problem(WAY, "warning", text)
    return Problem(
        WAY,
        "warning",
        f"{text} GradCache compares all {images} images of the step.",
        Fix("Use GradCache", ((WAY, "grad-cache"),)),
    )
