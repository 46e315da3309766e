"""Cross-field rules: what cannot run, and what runs but is expected to fail or mislead."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from sslstudio.domain.encoder_checks import encoder_problems
from sslstudio.domain.image_checks import DataFacts, image_problems
from sslstudio.domain.kept_layers import kept_layer_problems
from sslstudio.domain.micro_batches import micro_batch_problems
from sslstudio.domain.pipelines import VIEWS, misplacement, pipeline_at, well_ordered
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.slots import pipeline_paths
from sslstudio.domain.spec import AugmentationSpec, Spec, UnknownSpec
from sslstudio.domain.view_checks import view_problems
from sslstudio.domain.view_moves import can_link, linked
from sslstudio.domain.wiring_checks import wiring_problems

DEFAULT_BATCH = 256
PATCH = 4


def check(recipe: Recipe, facts: DataFacts | None = None) -> tuple[Problem, ...]:
    """Return everything wrong or doubtful about a recipe, errors first."""
    problems = [
        *_unknown_parts(recipe),
        *_batch(recipe, facts),
        *micro_batch_problems(recipe, facts),
        *_views(recipe),
        *image_problems(recipe, facts),
        *_pipelines(recipe),
        *view_problems(recipe),
        *_trainable(recipe),
        *_patches(recipe),
        *encoder_problems(recipe),
        *kept_layer_problems(recipe),
        *recipe.objective.contradictions(),
        *wiring_problems(recipe, facts),
    ]
    return tuple(sorted(problems, key=lambda problem: problem.severity != "error"))


def _unknown_parts(recipe: Recipe) -> Iterator[Problem]:
    for path, part in parts_of(recipe):
        if isinstance(part, UnknownSpec):
            yield Problem(
                path,
                "error",
                f"This build has no {part.kind!r} among the {part.missing_family}. "
                "Update sslstudio or choose another part.",
            )


def parts_of(node: BaseModel, path: str = "") -> Iterator[tuple[str, Spec]]:
    """Yield every part of a recipe with its dotted path."""
    for name in type(node).model_fields:
        value = getattr(node, name)
        here = f"{path}.{name}" if path else name
        items = (
            [(f"{here}.{index}", item) for index, item in enumerate(value)]
            if isinstance(value, tuple)
            else [(here, value)]
        )
        for item_path, item in items:
            if isinstance(item, Spec):
                yield item_path, item
            if isinstance(item, BaseModel):
                yield from parts_of(item, item_path)


def _batch(recipe: Recipe, facts: DataFacts | None) -> Iterator[Problem]:
    path, batch = "training.batch_size", recipe.training.batch_size
    if batch < 2 and recipe.objective.trainable:
        yield Problem(
            path,
            "error",
            "A batch of one image has nothing to be compared with or normed by.",
            Fix(f"Set the batch to {DEFAULT_BATCH}", ((path, DEFAULT_BATCH),)),
        )
    if facts is not None and facts.train_images < batch and recipe.objective.trainable:
        yield Problem(
            path,
            "warning",
            f"The batch is larger than the {facts.train_images:,} training images; "
            "each step will see all of them.",
            Fix(f"Set the batch to {facts.train_images}", ((path, facts.train_images),)),
        )


def _views(recipe: Recipe) -> Iterator[Problem]:
    if not recipe.views:
        yield Problem("views", "error", "There is no view: training would see no image.")
        return
    needed = recipe.objective.minimum_views
    if recipe.view_count() < needed:
        copies = needed - recipe.view_count() + recipe.views[0].copies
        yield Problem(
            "views",
            "error",
            f"This objective compares views and needs {needed} of each image; "
            f"the pipelines draw {recipe.view_count()}.",
            Fix(f"Draw {needed} views", (("views.0.copies", copies),)),
        )
    if all(view.local for view in recipe.views):
        yield Problem(
            "views.0.local",
            "error",
            "All views are local, so there is nothing that they could be compared with.",
            Fix("Make the first view global", (("views.0.local", False),)),
        )
    for index, view in enumerate(recipe.views):
        if view.local and any(not later.local for later in recipe.views[index:]):
            ordered = tuple(sorted(recipe.views, key=lambda v: v.local))
            yield Problem(
                f"views.{index}.local",
                "error",
                "Local views stand after the global ones.",
                Fix("Put global views first", (("views", ordered),)),
            )
            return
        size = view.size or recipe.data.size
        if size < recipe.encoder.minimum_size:
            least = recipe.encoder.minimum_size
            yield Problem(
                f"views.{index}.size",
                "error",
                f"Views of {size} px are too small for this encoder, which needs {least} px.",
                Fix(f"Set the view size to {least} px", ((f"views.{index}.size", least),)),
            )


def _pipelines(recipe: Recipe) -> Iterator[Problem]:
    for path in pipeline_paths(recipe):
        yield from _order(recipe, path)
    for index, view in enumerate(recipe.views):
        yield from _size(index, view, recipe)
        random = [p for p in view.pipeline if not (p.after_normalise or p.converts)]
        if recipe.objective.minimum_views > 1 and not random:
            yield Problem(
                f"views.{index}.pipeline",
                "warning",
                "Nothing changes the views: both are the same picture and the task is trivial.",
            )
    yield from _differing_strength(recipe)


def _order(recipe: Recipe, path: str) -> Iterator[Problem]:
    pipeline, in_view = pipeline_at(recipe, path), path.startswith(VIEWS)
    for position in range(len(pipeline)):
        reason = misplacement(pipeline, position, in_view=in_view)
        if reason:
            ordered = well_ordered(pipeline, in_view=in_view)
            fix = Fix("Put the operations in order", ((path, ordered),))
            yield Problem(f"{path}.{position}", "error", reason, fix)
            return


def _size(index: int, view: ViewSpec, recipe: Recipe) -> Iterator[Problem]:
    resized = any(part.sets_size for part in view.pipeline)
    if view.size is not None and view.size != recipe.data.size and not resized:
        path = f"views.{index}.size"
        yield Problem(
            path,
            "error",
            f"The view should be {view.size} px, but no operation in it changes the size "
            f"of {recipe.data.size} px.",
            Fix("Use the working resolution", ((path, None),)),
        )


def _differing_strength(recipe: Recipe) -> Iterator[Problem]:
    if not can_link(recipe):
        return
    first, second = recipe.views
    for position, part in enumerate(second.pipeline):
        twin = next((p for p in first.pipeline if p.kind == part.kind), None)
        if twin is not None and _strength(twin) != _strength(part):
            yield Problem(
                f"views.1.pipeline.{position}",
                "warning",
                f"{part.kind} differs between the views: the pair no longer shares one strength.",
                Fix("Link both views", (("views", linked(recipe).views),)),
            )


def _strength(part: AugmentationSpec) -> dict[str, object]:
    values = part.model_dump()
    # BYOL blurs one view more often than the other on purpose; only strengths are compared.
    values.pop("probability", None)
    values.pop(part.divides, None)
    return values


def _trainable(recipe: Recipe) -> Iterator[Problem]:
    if recipe.objective.trainable and not recipe.encoder.trainable:
        yield Problem(
            "encoder",
            "error",
            f"{recipe.encoder.kind} learns without gradients, but this objective needs them.",
            Fix("Use the convnet", (("encoder", "convnet"),)),
        )


def _patches(recipe: Recipe) -> Iterator[Problem]:
    encoder = recipe.encoder
    if isinstance(encoder, UnknownSpec) or not recipe.objective.needs_patches:
        return
    patch = getattr(encoder, "patch", 0)
    sizes = [view.size or recipe.data.size for view in recipe.views]
    if sizes and patch >= min(sizes):
        yield Problem(
            "encoder.patch",
            "error",
            f"A patch of {patch} px covers a whole view of {min(sizes)} px: nothing can be hidden "
            "without hiding all of it.",
            Fix(f"Use patches of {PATCH} px", (("encoder.patch", PATCH),)),
        )
    if not encoder.sees_patches:
        yield Problem(
            "encoder",
            "error",
            f"This objective hides patches from the encoder, and {encoder.kind} cannot be shown "
            "some of them only.",
            Fix("Use the ViT", (("encoder", "vit"),)),
        )
