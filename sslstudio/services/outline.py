"""What a recipe's parts look like, without a single number computed: widths, maps, parameters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from sslstudio.catalog.assemble import build_context
from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.recipe import OUTPUT, PROJECTOR, Recipe
from sslstudio.engine.images import ImageFacts
from sslstudio.engine.parts import Batch, BuildContext, Encoder, Objective
from sslstudio.engine.representation import projector_of
from sslstudio.services.datasets import ImageSet

Hook = Callable[[nn.Module, tuple[Tensor, ...], object], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOutline:
    """A layer that can be kept: its name, its width, and the sides of the map that is pooled."""

    name: str
    width: int
    map_size: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsOutline:
    """The shapes and sizes of a recipe's parts; the mappings are keyed by a block's path."""

    parameters: int
    shapes: dict[str, str]
    block_parameters: dict[str, int]
    layers: tuple[LayerOutline, ...]
    """The encoder's stages in order, its output, and the projector's where there is one."""


def outline_parts(recipe: Recipe, catalog: Catalog, facts: ImageFacts) -> PartsOutline:
    """Return the outline of a recipe's parts for images like these.

    Tensors have shapes only: nothing is computed or stored (a ResNet-18 takes 80 ms), and no
    random number is drawn, so that a training which goes on meanwhile is not disturbed.
    """
    with torch.device("meta"):
        context = build_context(recipe, catalog, facts)
        objective = _objective(recipe, catalog, context)
        encoder = objective.encoder
        layers = (*_layers(encoder, context), *_projector(objective))
        shapes = {"encoder": str(encoder.dim), **_views(recipe, context)}
        shapes |= _flow(objective, context)
    return PartsOutline(
        parameters=sum(p.numel() for p in objective.parameters() if p.requires_grad),
        shapes=shapes,
        block_parameters={path: _count(module) for path, module in blocks_of(objective).items()},
        layers=layers,
    )


def shows_stimulus(recipe: Recipe, catalog: Catalog, facts: ImageFacts) -> bool:
    """Return whether the encoder receives something else than the views, worth a picture."""
    with torch.device("meta"):
        objective = _objective(recipe, catalog, build_context(recipe, catalog, facts))
    return type(objective).stimulus is not Objective.stimulus


def shape_facts(images: ImageSet, recipe: Recipe) -> ImageFacts:
    """Return what shapes depend on, without a look at the pixels."""
    channels, size = int(images.images.shape[1]), int(images.images.shape[2])
    count = len(images.train_indices())
    held = int(count * recipe.training.validation)
    return ImageFacts(
        channels=channels,
        size=size,
        train_images=max(count - held, 1),
        channel_mean=(0.5,) * channels,
        channel_std=(0.25,) * channels,
        classes=len(images.class_names) if images.labelled else 0,
    )


def blocks_of(objective: Objective) -> dict[str, nn.Module]:
    """Return an objective's direct parts by their paths in a recipe."""
    named = dict(objective.named_children())
    encoder = named.pop("encoder", objective.encoder)
    return {"encoder": encoder, **{f"objective.{name}": part for name, part in named.items()}}


def _objective(recipe: Recipe, catalog: Catalog, context: BuildContext) -> Objective:
    encoder: Encoder = catalog.build(recipe.encoder, replace(context, channels=_read(context)))
    objective: Objective = catalog.build(recipe.objective, replace(context, encoder=encoder))
    return objective.train()


def _layers(encoder: Encoder, context: BuildContext) -> tuple[LayerOutline, ...]:
    maps: dict[str, Tensor] = {}
    with torch.no_grad(), suppress(RuntimeError):
        side = context.view_size
        maps = encoder.stages(torch.empty(context.batch_size, _read(context), side, side))
    stages = [
        LayerOutline(
            name=name, width=width, map_size=tuple(maps[name].shape[2:]) if name in maps else ()
        )
        for name, width in encoder.stage_dims.items()
    ]
    return (*stages, LayerOutline(name=OUTPUT, width=encoder.dim))


def _projector(objective: Objective) -> tuple[LayerOutline, ...]:
    head = projector_of(objective)
    return () if head is None else (LayerOutline(name=PROJECTOR, width=head.dim),)


def _views(recipe: Recipe, context: BuildContext) -> dict[str, str]:
    shapes = (
        (view.channels_of(context.channels), view.size or context.size) for view in recipe.views
    )
    return {
        f"views.{number}": f"{channels}·{side}·{side}"
        for number, (channels, side) in enumerate(shapes)
    }


def _flow(objective: Objective, context: BuildContext) -> dict[str, str]:
    """Return what leaves each block in one step of every player."""
    shapes: dict[str, str] = {}
    handles = [
        module.register_forward_hook(_note(path, shapes))
        for path, module in blocks_of(objective).items()
        if path != "encoder"
    ]
    # What depends on values, such as a mask's number of places, cannot be known without them:
    # the blocks that were reached before have told their shapes.
    with suppress(RuntimeError):
        for player in objective.players():
            objective.terms(_batch(context), player.name)
    for handle in handles:
        handle.remove()
    return shapes


def _note(path: str, shapes: dict[str, str]) -> Hook:
    def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: object) -> None:
        if isinstance(output, Tensor) and output.ndim > 1:
            shapes.setdefault(path, "·".join(str(side) for side in output.shape[1:]))

    return hook


def _batch(context: BuildContext) -> Batch:
    sides = context.view_sizes or (context.view_size,) * context.views
    rows = context.batch_size
    channels = context.view_channels or (context.channels,) * len(sides)
    return Batch(
        views=tuple(
            torch.empty(rows, count, side, side)
            for count, side in zip(channels, sides, strict=True)
        ),
        images=torch.empty(rows, context.channels, context.size, context.size),
        indices=torch.zeros(rows, dtype=torch.int64),
        labels=torch.zeros(rows, dtype=torch.int64),
    )


def _read(context: BuildContext) -> int:
    """Return how many channels the encoder reads."""
    return context.view_channels[0] if context.view_channels else context.channels


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
