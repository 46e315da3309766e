"""A preset's batch leaves several steps to an epoch, however few images there are."""

from __future__ import annotations

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.batch_fit import fitting_words
from sslstudio.services.presets import find_recipe, load_presets, write_recipe

PRESETS = {preset.id: preset for preset in load_presets()}
FOLDER = DataSpec(source="folder", size=32)


def facts_of(count):
    return DataFacts(train_images=count, channels=3, labelled=count, in_sequences=count)


def made(catalog, name, count=None, device="cuda"):
    facts = None if count is None else facts_of(count)
    return PRESETS[name].recipe_for(catalog, FOLDER, device, facts)


@pytest.mark.parametrize(
    ("name", "count", "batch"),
    [
        ("rotation", 48, 16),
        ("rotation", 300, 32),
        ("rotation", 10, 8),
        ("byol", 300, 32),
        ("byol", 1438, 128),
        ("byol", 4095, 256),
        ("byol", 4096, 512),
        ("emp-ssl", 799, 64),
        ("emp-ssl", 800, 100),
        # What compares images warns of less than 32 of them, and whitening needs twice as many as
        # there are dimensions.
        ("simclr", 48, 32),
        ("lejepa", 48, 32),
        ("w-mse", 300, 128),
    ],
)
def test_the_batch_is_an_eighth_of_the_images_or_the_least_that_the_method_bears(
    catalog, name, count, batch
):
    assert made(catalog, name, count).training.batch_size == batch


@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
@pytest.mark.parametrize("name", PRESETS)
def test_enough_images_change_nothing_and_fewer_only_batch_and_rate(catalog, name, device):
    own = made(catalog, name, None, device)
    batch = own.training.batch_size
    assert made(catalog, name, 8 * batch, device) == own
    fewer = made(catalog, name, 8 * batch - 1, device)
    assert (fewer == own) == (not own.objective.trainable)
    training = fewer.training.model_copy(update={"batch_size": batch})
    assert fewer.model_copy(update={"training": training, "optimizer": own.optimizer}) == own


def test_the_rate_falls_with_the_batch_for_sgd_and_lars_and_stays_for_adam(catalog):
    for name, kind, falls in (("byol", "sgd", 1), ("swav", "lars", 1), ("w-mse", "adamw", 0)):
        own, fitted = made(catalog, name), made(catalog, name, 1000)
        assert own.optimizer.kind == fitted.optimizer.kind == kind
        share = fitted.training.batch_size / own.training.batch_size
        assert share < 1
        expected = own.optimizer.learning_rate * (share if falls else 1)
        assert fitted.optimizer.learning_rate == pytest.approx(expected)


@pytest.mark.parametrize("name", ["pca", "untrained", "wavelet"])
def test_what_never_trains_has_no_batch_to_fit_and_none_to_warn_of(catalog, name):
    recipe = made(catalog, name, 20)
    assert recipe == made(catalog, name)
    assert recipe.training.batch_size > 20
    assert check(recipe, facts_of(20)) == ()


def test_a_recipe_file_is_taken_as_it_is(catalog, tmp_path):
    own = made(catalog, "simclr")
    write_recipe(own, tmp_path / "mine.json")
    read = find_recipe(str(tmp_path / "mine.json"), catalog, FOLDER, "cuda", facts_of(60))
    assert read == own
    fitted = find_recipe("simclr", catalog, FOLDER, "cuda", facts_of(60))
    assert fitted.training.batch_size == 32


def test_a_sentence_says_what_was_fitted(catalog):
    simclr, w_mse = made(catalog, "simclr"), made(catalog, "w-mse")
    assert fitting_words(simclr, simclr, facts_of(60)) == ""
    assert fitting_words(simclr, made(catalog, "simclr", 60), facts_of(60)) == (
        "for 60 training images the batch is 32 instead of 512, and the learning rate 0.015."
    )
    assert fitting_words(w_mse, made(catalog, "w-mse", 1000), facts_of(1000)) == (
        "for 1,000 training images the batch is 128 instead of 512."
    )
