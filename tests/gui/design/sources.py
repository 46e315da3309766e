"""A source of presets and pictures whose pixels tell how they were asked for."""

import numpy as np

from sslstudio.domain.errors import DataError
from sslstudio.gui.design.source import PresetCard, PreviewResult, Step


class PlainSource:
    """Real presets; a picture's red channel is the seed, its green the view, its blue the image."""

    def __init__(self, catalog, presets):
        self.catalog = catalog
        self.all = presets
        self.asked, self.further = [], []
        self.captions = ()
        self.sides = {}
        self.failure = None

    def presets(self):
        return [
            PresetCard(
                id=p.id,
                title=p.title,
                family=p.family,
                citation=p.citation,
                explanation=p.explanation,
            )
            for p in self.all.values()
        ]

    def recipe_for(self, preset_id, current):
        return self.all[preset_id].recipe_for(self.catalog, current.data, "cuda")

    def preview(self, recipe, seed, count):
        if self.failure:
            raise DataError(self.failure)
        self.asked.append((recipe, seed, count))
        numbers = range(recipe.view_count())
        return PreviewResult(
            images=np.stack([picture(0, 0, i) for i in range(count)]),
            views=tuple(
                np.stack([picture(seed, v, i, self.sides.get(v, 4)) for i in range(count)])
                for v in numbers
            ),
            total=50_000,
        )

    def stimulus(self, recipe, seed, count):
        self.further.append(recipe.objective)
        return {
            caption: np.stack([picture(seed, 9, i) for i in range(count)])
            for caption in self.captions
        }

    def steps(self, recipe, view, image, seed):
        names = ["Image", *(part.kind.replace("-", " ") for part in recipe.views[view].pipeline)]
        return [Step(name, picture(seed, view, image)) for name in names]


def picture(seed, view, image, side=4):
    return np.full((side, side, 3), (seed, view, image), dtype=np.uint8)
