"""What tasks ask of the encoder, and what an encoder asks of its images and of the parts in it."""

from __future__ import annotations

from collections.abc import Iterator

from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import EncoderSpec, UnknownSpec

RGB = 3


def encoder_problems(recipe: Recipe) -> Iterator[Problem]:
    """Yield where encoder, task, views and the networks inside an encoder do not fit."""
    if isinstance(recipe.encoder, UnknownSpec):
        return
    yield from _streams(recipe)
    yield from _grid(recipe)
    yield from _field(recipe)
    if recipe.encoder.needs_colour and recipe.data.channels == "rgb":
        yield from _conversions(recipe)
    for name in type(recipe.encoder).model_fields:
        part = getattr(recipe.encoder, name)
        if isinstance(part, EncoderSpec) and not isinstance(part, UnknownSpec):
            yield from _inside(recipe, f"encoder.{name}", part)


def _streams(recipe: Recipe) -> Iterator[Problem]:
    if recipe.objective.needs_streams and recipe.encoder.streams < 2:
        yield Problem(
            "encoder",
            "error",
            "This objective compares two networks that read different channels of an image, and "
            f"{recipe.encoder.kind} is one network.",
            Fix("Use two streams", (("encoder", "two-streams"),)),
        )


def _grid(recipe: Recipe) -> Iterator[Problem]:
    encoder = recipe.encoder
    if recipe.objective.needs_patch_grid and not encoder.has_patch_grid:
        fits = encoder.trainable and not encoder.needs_colour and not encoder.limits_field
        network = encoder.model_dump(mode="json") if fits else {"kind": "convnet"}
        yield Problem(
            "encoder",
            "error",
            "This objective compares patches that are encoded one by one, and "
            f"{encoder.kind} sees the image as a whole.",
            Fix("Encode patches", (("encoder", {"kind": "patch-grid", "network": network}),)),
        )
    if not encoder.has_patch_grid:
        return
    side = encoder.patch_side(recipe.data.size)
    received = [recipe.objective.piece_size(v.size or recipe.data.size) for v in recipe.views]
    if received and min(received) < side:
        yield Problem(
            "encoder.patch",
            "error",
            f"Patches of {side} px do not fit into what the encoder receives, {min(received)} px. "
            "Use smaller patches or larger views.",
        )


def _field(recipe: Recipe) -> Iterator[Problem]:
    limited = recipe.encoder.limits_field
    if recipe.objective.wants_limited_field and not limited:
        yield Problem(
            "encoder",
            "warning",
            f"Each position in the maps of {recipe.encoder.kind} sees most of the image or its "
            "border: parts are then told from the whole without being understood.",
            Fix("Limit what positions see", (("encoder", "receptive-field-limited"),)),
        )
    if not limited:
        return
    for view in recipe.views:
        size = view.size or recipe.data.size
        piece = recipe.objective.piece_size(size)
        if piece < min(size, recipe.data.size):
            yield Problem(
                "encoder",
                "error",
                f"{recipe.encoder.kind} is made for whole views, and this objective cuts them "
                f"into pieces of {piece} px.",
                Fix("Use the convnet", (("encoder", "convnet"),)),
            )
            return


def _conversions(recipe: Recipe) -> Iterator[Problem]:
    for index, view in enumerate(recipe.views):
        if view.channels_of(RGB) == RGB:
            continue
        path = f"views.{index}.pipeline"
        rest = tuple(part for part in view.pipeline if part.channels_after(RGB) == RGB)
        yield Problem(
            path,
            "error",
            f"{recipe.encoder.kind} reads colour images and converts them by itself; this view "
            f"has {view.channels_of(RGB)} channels.",
            Fix("Take the conversion out", ((path, rest),)),
        )


def _inside(recipe: Recipe, path: str, part: EncoderSpec) -> Iterator[Problem]:
    fix = Fix("Use the convnet", ((path, "convnet"),))
    if not part.trainable:
        text = f"{part.kind} learns without gradients: it cannot be part of another encoder."
        yield Problem(path, "error", text, fix)
    elif part.needs_colour:
        text = f"{part.kind} reads colour images, and gets a part of them inside another encoder."
        yield Problem(path, "error", text, fix)
    sizes = [view.size or recipe.data.size for view in recipe.views]
    least = min((*sizes, recipe.encoder.patch_side(recipe.data.size)))
    if least < part.minimum_size:
        text = f"{part.kind} receives {least} px here and needs {part.minimum_size} px."
        if recipe.encoder.has_patch_grid:
            fix = Fix("Use larger patches", (("encoder.patch", part.minimum_size),))
        yield Problem(path, "error", text, fix)
    elif part.limits_field and recipe.encoder.has_patch_grid:
        text = f"{part.kind} is made for whole views and cannot encode patches."
        yield Problem(path, "error", text, fix)
