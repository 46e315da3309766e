"""From a recipe to the working parts of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.recipe import PROJECTOR, Recipe, ViewSpec
from sslstudio.engine.images import ImageFacts
from sslstudio.engine.own_dice import OwnDice
from sslstudio.engine.parts import BuildContext, Encoder, Objective
from sslstudio.engine.plan import Parts, ViewSource
from sslstudio.engine.representation import Representation, projector_of
from sslstudio.engine.sampling import seed_of
from sslstudio.engine.views import Normalise, Pipeline


def build_context(recipe: Recipe, catalog: Catalog, facts: ImageFacts) -> BuildContext:
    """Return what the parts of this recipe may know about their run."""
    return BuildContext(
        channels=facts.channels,
        size=facts.size,
        view_size=recipe.views[0].size or facts.size,
        views=recipe.view_count(),
        global_views=recipe.global_view_count(),
        view_sizes=tuple(
            view.size or facts.size for view in recipe.views for _ in range(view.copies)
        ),
        view_channels=tuple(
            view.channels_of(facts.channels) for view in recipe.views for _ in range(view.copies)
        ),
        view_shares=tuple(view.shares for view in recipe.views for _ in range(view.copies)),
        classes=facts.classes,
        train_images=facts.train_images,
        run_images=facts.run_images or facts.train_images,
        batch_size=recipe.training.images_compared(
            min(recipe.training.batch_size, facts.train_images)
        ),
        channel_mean=facts.channel_mean,
        channel_std=facts.channel_std,
        builder=catalog.build,
    )


def build_kept(
    recipe: Recipe, catalog: Catalog, facts: ImageFacts
) -> tuple[Representation, Normalise | None]:
    """Return the untrained encoder cut at the kept layers, and how its input is normalised."""
    context = build_context(recipe, catalog, facts)
    normalise = _normalise([_view(view, context) for view in recipe.views])
    projector = None
    with _dice(recipe):
        encoder = _encoder(recipe, catalog, context, normalise)
        if PROJECTOR in recipe.representation.layers:
            made = catalog.build(recipe.objective, replace(context, encoder=encoder))
            projector = projector_of(made)
    kept = Representation(encoder, recipe.representation, projector)
    return kept, normalise


def assemble(recipe: Recipe, catalog: Catalog, facts: ImageFacts, device: torch.device) -> Parts:
    """Return the untrained parts on a device; the same seed gives the same weights."""
    context = build_context(recipe, catalog, facts)
    views = tuple(_view(view, context) for view in recipe.views)
    normalise = _normalise(views)
    with _dice(recipe):
        encoder = _encoder(recipe, catalog, context, normalise)
        objective: Objective = catalog.build(recipe.objective, replace(context, encoder=encoder))
    objective.to(device)
    kept = Representation(encoder, recipe.representation, projector_of(objective))
    watched = replace(context, dim=kept.dim)
    return Parts(
        encoder=encoder,
        kept=kept,
        objective=objective,
        views=views,
        normalise=normalise,
        monitors=tuple(catalog.build(monitor, watched) for monitor in recipe.monitors),
        optimizer=catalog.build(recipe.optimizer, context),
    )


def _dice(recipe: Recipe) -> OwnDice:
    """Return what the first weights are drawn with: another thread may be training meanwhile."""
    return OwnDice(seed_of(recipe.seed, "weights"))


def _encoder(
    recipe: Recipe, catalog: Catalog, context: BuildContext, normalise: Normalise | None
) -> Encoder:
    """Return the untrained encoder for what the first view has in the end."""
    context = replace(context, channels=context.view_channels[0])
    if normalise is not None:
        mean, std = (tuple(part.flatten().tolist()) for part in (normalise.mean, normalise.std))
        context = replace(context, input_mean=mean, input_std=std)
    encoder: Encoder = catalog.build(recipe.encoder, context)
    return encoder


def _normalise(views: Sequence[ViewSource]) -> Normalise | None:
    return next((v.pipeline.normalise for v in views if v.pipeline.normalise is not None), None)


def _view(view: ViewSpec, context: BuildContext) -> ViewSource:
    inner = replace(context, view_size=view.size or context.size)
    return ViewSource(
        name=view.name,
        pipeline=Pipeline.from_specs(view.pipeline, inner),
        copies=view.copies,
        frames=view.frames,
        shares=view.shares,
    )
