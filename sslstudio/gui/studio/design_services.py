"""Presets and live views for the Design page, drawn by the very pipelines that training uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from sslstudio.catalog.assemble import assemble, build_context
from sslstudio.domain.errors import DataError
from sslstudio.domain.recipe import Recipe
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.exhibition import to_pictures
from sslstudio.engine.images import CleanTrainingImages, ImageStore
from sslstudio.engine.own_dice import OwnDice
from sslstudio.engine.parts import Batch
from sslstudio.engine.sampling import seed_of, seeded
from sslstudio.engine.views import NO_DRAWS, Draws, Pipeline, of_kinds
from sslstudio.gui.design.source import (
    Pictures,
    PresetCard,
    PreviewResult,
    PublishedRow,
    Step,
)
from sslstudio.gui.studio.bench import Equipment, OpenImages
from sslstudio.gui.studio.preset_fit import made_for
from sslstudio.services.datasets import ImageSet
from sslstudio.services.outline import shape_facts, shows_stimulus
from sslstudio.services.preparation import make_store
from sslstudio.services.published import published_results

FACT_IMAGES = 2000
"""Training images whose mean and deviation stand for all of them in a preview."""


class DesignServices:
    """Implements the Design page's source over presets, catalogue and the open images."""

    def __init__(self, equipment: Equipment, opened: OpenImages) -> None:
        self.equipment = equipment
        self.opened = opened

    def presets(self) -> Sequence[PresetCard]:
        """Return the presets in the order of the picker."""
        return [
            PresetCard(
                id=preset.id,
                title=preset.title,
                family=preset.family,
                citation=preset.citation,
                explanation=preset.explanation,
                equation=preset.equation,
                expect=preset.expect,
                published=_published(preset.id),
                sweep=None if preset.sweep is None else preset.sweep.axis(),
            )
            for preset in self.equipment.presets
        ]

    def recipe_for(self, preset_id: str, current: Recipe) -> Recipe:
        """Return a preset adapted to this machine and to the images of the current recipe."""
        preset = next(p for p in self.equipment.presets if p.id == preset_id)
        return made_for(preset, current.data, self.equipment, self.opened)

    def preview(self, recipe: Recipe, seed: int, count: int) -> PreviewResult:
        """Return up to `count` training images and their views; the same seed draws the same."""
        images = self._images()
        store = _preview_store(images, recipe)
        rows = _shown_rows(images, count)
        pipelines = self._pipelines(recipe, store)
        drawn = _views(recipe, pipelines, (store, rows), seed)
        views = [_coloured(pipelines[index], view) for index, view in drawn]
        return PreviewResult(
            images=to_pictures(store.fetch_float(rows)),
            views=tuple(views),
            total=len(images.train_indices()),
        )

    def steps(self, recipe: Recipe, view: int, image: int, seed: int) -> Sequence[Step]:
        """Return one preview image before and after each operation of a pipeline."""
        images = self._images()
        store = _preview_store(images, recipe)
        rows = _shown_rows(images, image + 1)
        pipelines = self._pipelines(recipe, store)
        generator = seeded("cpu", "preview", seed, view)
        raw = store.fetch(store.near(rows, recipe.views[view].frames, generator))
        entries = self.equipment.catalog.entries("augmentations")
        shown = [Step("image", to_pictures(raw[image : image + 1].float() / 255.0)[0])]
        normalised, pipeline = False, pipelines[view]
        shared: Draws = NO_DRAWS
        if view > 0:
            first = seeded("cpu", "preview", seed, 0)
            near = store.near(rows, recipe.views[0].frames, first)
            drawn = pipelines[0].drawn(store.fetch(near), first)
            shared = of_kinds(drawn[1], recipe.views[view].shares)
        for name, batch in pipeline.steps(raw, generator, shared):
            normalised = normalised or name == "normalise"
            one = batch[image : image + 1]
            picture = _coloured(pipeline, one) if normalised else to_pictures(one)
            shown.append(Step(entries[name].title if name in entries else name, picture[0]))
        return shown

    def stimulus(self, recipe: Recipe, seed: int, count: int) -> Mapping[str, Pictures]:
        """Return what an untrained objective hands to the encoder, where that is not the views."""
        catalog, images = self.equipment.catalog, self._images()
        if not recipe.views or not shows_stimulus(recipe, catalog, shape_facts(images, recipe)):
            return {}
        store = _preview_store(images, recipe)
        rows = _shown_rows(images, count)
        parts = assemble(recipe, catalog, store.facts(), torch.device("cpu"))
        for module in parts.objective.modules():
            if isinstance(module, PixelScale):
                module.observe(CleanTrainingImages(store, parts.normalise))
        drawn = _views(recipe, [source.pipeline for source in parts.views], (store, rows), seed)
        batch = Batch(
            views=tuple(view for _, view in drawn),
            images=store.fetch_float(rows),
            indices=torch.arange(len(rows)),
            labels=store.labels[rows],
        )
        with torch.no_grad(), OwnDice(seed_of("stimulus", seed)):
            shown = parts.objective.stimulus(batch)
        return {caption: to_pictures(pictures) for caption, pictures in shown.items()}

    def _pipelines(self, recipe: Recipe, store: ImageStore) -> list[Pipeline]:
        if not recipe.views:
            return []
        context = build_context(recipe, self.equipment.catalog, store.facts())
        return [
            Pipeline.from_specs(
                view.pipeline, replace(context, view_size=view.size or context.size)
            )
            for view in recipe.views
        ]

    def _images(self) -> ImageSet:
        images = self.opened.images
        if images is None:
            raise DataError("No images are open.", "Choose some on the Data page.")
        return images


def _published(preset_id: str) -> tuple[PublishedRow, ...]:
    results = published_results()
    return tuple(
        PublishedRow(
            measure=f"{row.measure}, {row.data}, {row.encoder}",
            value=f"{row.value:g} %",
            source=results.sources[row.source].citation,
        )
        for row in results.of(preset_id)
    )


def _preview_store(images: ImageSet, recipe: Recipe) -> ImageStore:
    store = make_store(images, recipe, "cpu")
    return replace(store, train=store.train[:FACT_IMAGES])


def _shown_rows(images: ImageSet, count: int) -> torch.Tensor:
    # The same few images each time, so that only the drawing changes; spread over the set,
    # because files of one class lie together.
    rows = np.asarray(images.train_indices())
    order = torch.randperm(len(rows), generator=seeded("cpu", "shown"))[:count]
    return torch.from_numpy(rows[order.numpy()].astype(np.int64))


def _views(
    recipe: Recipe,
    pipelines: Sequence[Pipeline],
    shown: tuple[ImageStore, torch.Tensor],
    seed: int,
) -> list[tuple[int, torch.Tensor]]:
    """Return every view of the shown rows of a store, each with its pipeline's number."""
    store, rows = shown
    views: list[tuple[int, torch.Tensor]] = []
    first: Draws = NO_DRAWS
    for index, (view, pipeline) in enumerate(zip(recipe.views, pipelines, strict=True)):
        generator = seeded("cpu", "preview", seed, index)
        for _ in range(view.copies):
            raw = store.fetch(store.near(rows, view.frames, generator))
            made, draws = pipeline.drawn(raw, generator, of_kinds(first, view.shares))
            first = first if views else draws
            views.append((index, made))
    return views


def _coloured(pipeline: Pipeline, views: torch.Tensor) -> np.ndarray:
    shown = views if pipeline.normalise is None else pipeline.normalise.invert(views)
    return to_pictures(shown)
