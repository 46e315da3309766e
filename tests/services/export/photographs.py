"""A hundred real photographs of different sizes, cut out of the two that come with scikit-learn."""

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import DataSpec
from sslstudio.engine.images import CleanTrainingImages
from sslstudio.engine.plan import Compute
from sslstudio.services.datasets import ImageSet, open_images
from sslstudio.services.encoders import TrainedEncoder, random_twin, untrained
from sslstudio.services.preparation import make_store
from tests.support.runs import small_recipe

KINDS = (".jpg", ".png", ".webp", ".bmp")


def write_photographs(folder: Path, count: int = 100) -> Path:
    """Fill a folder with cut-outs of 20 to 420 pixels a side, wide and high, in four formats."""
    folder.mkdir()
    draws = np.random.default_rng(5)
    scenes = load_sample_images().images
    for number in range(count):
        scene = scenes[number % 2]
        height, width = (int(draws.integers(20, side)) for side in scene.shape[:2])
        top = int(draws.integers(0, scene.shape[0] - height))
        left = int(draws.integers(0, scene.shape[1] - width))
        cut = Image.fromarray(scene[top : top + height, left : left + width])
        cut.save(folder / f"{number:03d}{KINDS[number % len(KINDS)]}")
    return folder


def encoder_for(
    folder: Path,
    catalog: Catalog,
    cache: Path,
    encoder: dict,
    kept: dict | None = None,
    **data: object,
) -> tuple[TrainedEncoder, ImageSet]:
    """Return an encoder with settled batch norm, and the photographs as it sees them."""
    recipe = small_recipe(catalog, "simclr", encoder=encoder, views__0__size=None)
    wanted = {**DataSpec(source=str(folder), size=24).model_dump(), **data}
    recipe = with_value(recipe, "data", wanted, catalog.kinds)
    recipe = with_value(recipe, "representation", kept or {}, catalog.kinds)
    images = open_images(recipe.data, cache=cache)
    store = make_store(images, recipe, "cpu")
    bare = untrained("tried", recipe, catalog, store.facts(), Compute(device="cpu"))
    settled = random_twin(bare, catalog, images.images)
    # Encoders that are computed rather than trained.
    settled.kept.encoder.fit(CleanTrainingImages(store, settled.normalise))
    return settled, images
