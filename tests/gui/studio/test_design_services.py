from dataclasses import replace

import numpy as np
import pytest
import torch

from sslstudio.domain.moves import placed
from sslstudio.gui.studio.design_services import DesignServices
from tests.support.runs import small_recipe


@pytest.fixture
def services(equipment, opened):
    return DesignServices(equipment, opened)


def test_views_of_every_pipeline_have_their_own_size(services, catalog):
    recipe = small_recipe(catalog, views__0__size=None)
    view = recipe.views[0]
    small = view.model_copy(update={"copies": 3, "size": 10, "local": True})
    drawn = services.preview(placed(recipe, "views", (view, small)), 0, 4)
    assert [pictures.shape for pictures in drawn.views] == [
        *[(4, 16, 16, 3)] * 2,
        *[(4, 10, 10, 3)] * 3,
    ]
    assert not np.array_equal(drawn.views[2], drawn.views[3])


def test_shared_draws_show_in_the_preview_and_in_the_steps(services, catalog):
    recipe = small_recipe(catalog, views__0__size=None)
    view = recipe.views[0].model_copy(update={"copies": 1})
    kinds = tuple(part.kind for part in view.pipeline)
    repeated = view.model_copy(update={"shares": kinds})
    cropped = view.model_copy(update={"shares": kinds[:1]})
    both = placed(recipe, "views", (view, repeated, cropped))
    first, second, third = services.preview(both, 0, 4).views
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)
    steps = [services.steps(both, number, 2, 0) for number in range(3)]
    assert np.array_equal(steps[0][-1].picture, steps[1][-1].picture)
    assert np.array_equal(steps[0][1].picture, steps[2][1].picture)
    assert np.array_equal(steps[1][-1].picture, second[2])


def test_a_view_of_another_frame_shows_that_frame(services, images, opened, catalog):
    numbers = np.arange(len(images.paths))
    opened.replace(replace(images, sequence=numbers // 10, frame=numbers % 10))
    recipe = small_recipe(catalog, views__0__size=None)
    plain = recipe.views[0].model_copy(update={"copies": 1, "pipeline": ()})
    near = plain.model_copy(update={"frames": 3})
    drawn = services.preview(placed(recipe, "views", (plain, near)), 0, 6)
    assert np.array_equal(drawn.views[0], drawn.images)
    assert not any(np.array_equal(a, b) for a, b in zip(drawn.views[1], drawn.images, strict=True))
    steps = services.steps(placed(recipe, "views", (plain, near)), 1, 2, 0)
    assert np.array_equal(steps[0].picture, drawn.views[1][2])


def test_the_last_step_is_the_view_of_the_preview_also_where_draws_are_shared(services, catalog):
    recipe = small_recipe(catalog, views__0__size=None)
    view = recipe.views[0].model_copy(update={"copies": 1})
    shared = view.model_copy(update={"shares": ("random-resized-crop", "horizontal-flip")})
    recipe = placed(recipe, "views", (view, shared))
    drawn = services.preview(recipe, 5, 4)
    for number in (0, 1):
        steps = services.steps(recipe, number, 3, 5)
        assert np.array_equal(steps[-1].picture, drawn.views[number][3])


def test_what_an_autoencoder_receives_is_spoilt_and_the_views_are_not(services, catalog):
    recipe = small_recipe(catalog, "denoising-autoencoder", views__0__size=None)
    drawn = services.preview(recipe, 0, 5)
    (spoilt,) = services.stimulus(recipe, 0, 5).values()
    assert spoilt.shape == drawn.views[0].shape
    assert not np.array_equal(spoilt, drawn.views[0])
    again = services.stimulus(recipe, 0, 5)
    assert np.array_equal(next(iter(again.values())), spoilt)


def test_where_the_encoder_receives_the_views_there_is_nothing_further(services, catalog):
    assert services.stimulus(small_recipe(catalog), 0, 5) == {}


@pytest.mark.parametrize("preset", ["denoising-autoencoder", "jigsaw", "relative-patch", "mae"])
def test_looking_at_an_untrained_objective_leaves_a_trainings_dice_alone(services, catalog, preset):
    recipe = small_recipe(catalog, preset)
    services.equipment.dice.reserved = True
    before = torch.get_rng_state()
    assert services.stimulus(recipe, 0, 5)
    services.preview(recipe, 0, 5)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_presets_card_has_equation_expectation_and_its_published_rows(services):
    cards = {card.id: card for card in services.presets()}
    assert cards["simclr"].equation
    assert cards["simclr"].expect
    row = cards["simclr"].published[0]
    assert row.value.endswith(" %")
    assert "ImageNet" in row.measure
    assert "arXiv" in row.source
