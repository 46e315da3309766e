"""From a recipe to the working parts of a run."""

from __future__ import annotations

from dataclasses import replace

import torch

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.engine.images import ImageStore
from sslstudio.engine.parts import BuildContext, Encoder, Objective
from sslstudio.engine.plan import Parts, ViewSource
from sslstudio.engine.representation import Representation
from sslstudio.engine.sampling import seed_of
from sslstudio.engine.views import Pipeline


def build_context(recipe: Recipe, catalog: Catalog, store: ImageStore) -> BuildContext:
    """Return what the parts of this recipe may know about their run."""
    mean, deviation = store.statistics()
    return BuildContext(
        channels=store.channels,
        size=store.size,
        view_size=recipe.views[0].size or store.size,
        views=recipe.view_count(),
        train_images=len(store.train),
        batch_size=min(recipe.training.batch_size, len(store.train)),
        channel_mean=mean,
        channel_std=deviation,
        builder=catalog.build,
    )


def assemble(recipe: Recipe, catalog: Catalog, store: ImageStore) -> Parts:
    """Return the untrained parts on the store's device; the same seed gives the same weights."""
    context = build_context(recipe, catalog, store)
    torch.manual_seed(seed_of(recipe.seed, "weights"))
    encoder: Encoder = catalog.build(recipe.encoder, context)
    objective: Objective = catalog.build(recipe.objective, replace(context, encoder=encoder))
    objective.to(store.device)
    views = tuple(_view(view, catalog, context) for view in recipe.views)
    return Parts(
        encoder=encoder,
        kept=Representation(encoder, recipe.representation.layer),
        objective=objective,
        views=views,
        normalise=next(
            (v.pipeline.normalise for v in views if v.pipeline.normalise is not None), None
        ),
        monitors=tuple(catalog.build(monitor, context) for monitor in recipe.monitors),
        optimizer=catalog.build(recipe.optimizer, context),
    )


def _view(view: ViewSpec, catalog: Catalog, context: BuildContext) -> ViewSource:
    inner = replace(context, view_size=view.size or context.size)
    operations = [catalog.build(spec, inner) for spec in view.pipeline]
    return ViewSource(name=view.name, pipeline=Pipeline(operations), copies=view.copies)
