"""What target, loss and similarity ask of each other: collapse, lengths, and parts without use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import (
    LossSpec,
    ProjectorSpec,
    SimilaritySpec,
    TargetSpec,
    UnknownSpec,
    Wiring,
)

PLAIN: Final = "cosine"
"""The similarity that a recipe has where it names none."""


def wiring_problems(recipe: Recipe, facts: DataFacts | None) -> Iterator[Problem]:
    """Yield what is doubtful or wrong about target, loss and similarity together."""
    loss = getattr(recipe.objective, "loss", None)
    target = getattr(recipe.objective, "target", None)
    if isinstance(loss, LossSpec) and not isinstance(loss, UnknownSpec):
        yield from _similarity(recipe, loss)
        if isinstance(target, TargetSpec):
            yield from _lengths(loss, target)
    yield from _collapse(recipe)
    yield from _surroundings(recipe, facts)


def _similarity(recipe: Recipe, loss: LossSpec) -> Iterator[Problem]:
    similarity = getattr(recipe.objective, "similarity", None)
    if not isinstance(similarity, SimilaritySpec) or similarity.kind == PLAIN:
        return
    if not loss.uses_similarity:
        yield Problem(
            "objective.similarity",
            "warning",
            f"This loss compares embeddings in its own way: {similarity.kind} changes nothing, and "
            "whatever it could learn stays as it is.",
            Fix("Leave it out", (("objective.similarity", PLAIN),)),
        )


def _lengths(loss: LossSpec, target: TargetSpec) -> Iterator[Problem]:
    if loss.sets_length and target.keeps_directions:
        yield Problem(
            "objective.target",
            "warning",
            f"{target.kind} stores directions of length 1, while this loss wants every dimension "
            "to vary by 1: embeddings are pulled to two lengths at once.",
            Fix("Compare with the other view", (("objective.target", "same"),)),
        )


def _collapse(recipe: Recipe) -> Iterator[Problem]:
    objective = recipe.objective
    target = getattr(objective, "target", None)
    loss = getattr(objective, "loss", None)
    predictor = getattr(objective, "predictor", None)
    if not isinstance(target, TargetSpec) or not isinstance(loss, LossSpec):
        return
    if loss.prevents_collapse or isinstance(target, UnknownSpec) or isinstance(loss, UnknownSpec):
        return
    if target.carries_gradient:
        yield Problem(
            "objective.target",
            "warning",
            "No stop-gradient and no term that keeps embeddings apart: this collapses to a "
            "constant.",
            Fix("Add the stop-gradient", (("objective.target", "stop-gradient"),)),
        )
    elif isinstance(predictor, ProjectorSpec) and predictor.kind == "none":
        yield Problem(
            "objective.predictor",
            "warning",
            "Without a predictor the query branch can copy its target, and both collapse to a "
            "constant.",
            Fix("Add a predictor", (("objective.predictor", "mlp"),)),
        )


def _surroundings(recipe: Recipe, facts: DataFacts | None) -> Iterator[Problem]:
    """Yield what target and loss themselves say about their surroundings."""
    loss = getattr(recipe.objective, "loss", None)
    target = getattr(recipe.objective, "target", None)
    if not isinstance(loss, LossSpec) or not isinstance(target, TargetSpec):
        return
    if isinstance(loss, UnknownSpec) or isinstance(target, UnknownSpec):
        return
    step = recipe.training.batch_size
    if facts is not None:
        step = min(step, facts.train_images)
    wiring = Wiring(
        batch_size=recipe.training.images_compared(step),
        views=recipe.view_count(),
        global_views=recipe.global_view_count(),
        target=target,
        loss=loss,
        similarity=getattr(recipe.objective, "similarity", None),
        dim=getattr(getattr(recipe.objective, "projector", None), "output", None),
        train_images=None if facts is None else facts.train_images,
        step_images=step,
    )
    for problem in (*target.doubts(wiring), *loss.doubts(wiring)):
        yield _within(problem, step, facts)


def _within(problem: Problem, step: int, facts: DataFacts | None) -> Problem:
    """Return a problem whose remedy asks for no larger batch than there are images."""
    fix, batch = problem.fix, "training.batch_size"
    wanted = 0 if fix is None else dict(fix.edits).get(batch, 0)
    if facts is None or wanted <= facts.train_images:
        return problem
    most = facts.train_images
    larger = Fix(f"Set the batch to {most}", ((batch, most),)) if step < most else None
    return replace(problem, fix=larger)
