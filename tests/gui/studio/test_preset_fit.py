"""A preset follows the images that are open until somebody edits it."""

from dataclasses import replace

import numpy as np
import pytest

from sslstudio.domain.moves import placed
from sslstudio.domain.recipe import Budget, DataSpec
from sslstudio.gui.studio.bench import OpenImages
from sslstudio.gui.studio.design_services import DesignServices
from sslstudio.gui.studio.preset_fit import PresetFit
from sslstudio.services.presets import write_recipe

FEW, MANY = DataSpec(source="few"), DataSpec(source="many")


@pytest.fixture
def many(images):
    rows = np.arange(3000) % len(images.paths)
    return replace(
        images,
        images=images.images[rows],
        labels=images.labels[rows],
        split=np.zeros(len(rows), dtype=np.int8),
        paths=tuple(map(str, range(len(rows)))),
    )


@pytest.fixture
def opened(qapp):
    assert qapp is not None
    return OpenImages()


@pytest.fixture
def fit(equipment, opened):
    return PresetFit(equipment, opened)


def test_a_chosen_preset_fits_the_open_images_and_no_others(equipment, opened, images, fit):
    services = DesignServices(equipment, opened)
    recipe = fit.found("simclr", FEW)
    assert services.recipe_for("simclr", recipe).training.batch_size == 256
    opened.replace(images, FEW)
    assert services.recipe_for("simclr", recipe).training.batch_size == 32
    elsewhere = recipe.model_copy(update={"data": MANY})
    assert services.recipe_for("simclr", elsewhere).training.batch_size == 256


def test_a_preset_as_it_came_is_made_anew_and_keeps_name_seed_and_budget(opened, images, many, fit):
    opened.replace(many, MANY)
    recipe = fit.again(fit.found("simclr", MANY), MANY)
    assert recipe.training.batch_size == 256
    budget = Budget(unit="steps", amount=7)
    mine = placed(recipe, "training.budget", budget)
    mine = mine.model_copy(update={"name": "mine", "seed": 5})
    assert fit.is_untouched(mine)
    opened.replace(images, FEW)
    fitted = fit.again(mine, FEW)
    assert fitted.training.batch_size == 32
    assert (fitted.name, fitted.seed, fitted.data) == ("mine", 5, FEW)
    assert fitted.training.budget == budget
    assert fit.is_untouched(fitted)


def test_what_somebody_edited_is_left_alone(opened, images, fit):
    opened.replace(images, FEW)
    recipe = fit.again(fit.found("simclr", FEW), FEW)
    for path, value in (("training.batch_size", 256), ("objective.loss.temperature", 0.7)):
        assert not fit.is_untouched(placed(recipe, path, value)), path
    assert not fit.is_untouched(recipe.model_copy(update={"preset": ""}))


def test_files_and_the_last_recipe_are_left_as_they_are_until_their_images_are_known(
    opened, many, tmp_path, fit
):
    preset = fit.found("simclr", MANY)
    assert fit.is_untouched(preset)
    write_recipe(preset, tmp_path / "mine.json")
    read = fit.found(str(tmp_path / "mine.json"), MANY)
    assert read == preset
    assert not fit.is_untouched(read)
    opened.replace(many, MANY)
    assert fit.is_untouched(read)
