import numpy as np
import pytest

from sslstudio.engine.observe import SMALLEST_VALIDATION
from sslstudio.services.datasets import open_images
from sslstudio.services.preparation import make_store
from tests.support.runs import small_recipe, small_session, small_store


@pytest.fixture(scope="module")
def digits(catalog):
    recipe = small_recipe(catalog, data__source="digits", data__size=8)
    return recipe, open_images(recipe.data)


def test_training_validation_and_held_out_images_are_three_parts(digits):
    recipe, images = digits
    store = make_store(images, recipe, "cpu")
    parts = [set(rows.tolist()) for rows in (store.train, store.validation, store.held_out)]
    assert parts[0].isdisjoint(parts[1])
    assert set(images.train_indices().tolist()) == parts[0] | parts[1]
    assert set(images.held_out_indices().tolist()) == parts[2]


def test_a_small_set_still_validates_on_enough_images(digits):
    recipe, images = digits
    share = recipe.training.validation
    assert len(images.train_indices()) * share < SMALLEST_VALIDATION
    assert len(make_store(images, recipe, "cpu").validation) == SMALLEST_VALIDATION
    none = recipe.training.model_copy(update={"validation": 0.0})
    without = recipe.model_copy(update={"training": none})
    assert len(make_store(images, without, "cpu").validation) == 0


def test_live_neighbours_are_looked_for_among_other_images(catalog):
    session = small_session(catalog, small_recipe(catalog), small_store())
    observer = session.observer
    assert len(session.plan.store.validation) < SMALLEST_VALIDATION
    probe, bank = set(observer.probe.tolist()), set(observer.bank.tolist())
    assert probe
    assert bank
    assert probe.isdisjoint(bank)


def test_live_neighbours_of_validation_images_are_training_images(digits, catalog):
    recipe, images = digits
    store = make_store(images, recipe, "cpu")
    session = small_session(catalog, small_recipe(catalog), store)
    assert set(session.observer.probe.tolist()) == set(store.validation.tolist())
    assert set(session.observer.bank.tolist()) <= set(store.train.tolist())
    assert np.isin(store.held_out.numpy(), session.observer.bank.numpy()).sum() == 0
