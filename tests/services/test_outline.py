import pytest
import torch

from sslstudio.catalog.assemble import assemble
from sslstudio.domain.recipe import DataSpec
from sslstudio.engine.images import ImageFacts
from sslstudio.services.outline import outline_parts, shows_stimulus
from sslstudio.services.presets import load_presets
from tests.support.runs import small_recipe

FACTS = ImageFacts(
    channels=3,
    size=32,
    train_images=600,
    channel_mean=(0.5,) * 3,
    channel_std=(0.25,) * 3,
    classes=10,
)
PRESETS = [pytest.param(preset, id=preset.id) for preset in load_presets()]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_an_outline_and_what_its_objective_names_is_there(preset, catalog):
    recipe = preset.recipe_for(catalog, DataSpec(), "cpu")
    outline = outline_parts(recipe, catalog, FACTS)
    *stages, output = (layer for layer in outline.layers if layer.name != "projector")
    assert output.name == "encoder"
    assert outline.shapes["encoder"] == str(output.width)
    assert all(stage.width > 0 for stage in stages)
    with torch.device("meta"):
        parts = assemble(recipe, catalog, FACTS, torch.device("meta"))
    names = [*recipe.objective.chain]
    names += [name for name, goal in recipe.objective.beside if goal != "loss"]
    assert [name for name in names if not hasattr(parts.objective, name)] == []


def test_the_outline_agrees_with_the_real_thing(catalog):
    recipe = small_recipe(catalog, "byol", views__0__size=None)
    facts = FACTS.__class__(**{**vars_of(FACTS), "size": 16})
    outline = outline_parts(recipe, catalog, facts)
    parts = assemble(recipe, catalog, facts, torch.device("cpu"))
    trained = [p for p in parts.objective.parameters() if p.requires_grad]
    assert outline.parameters == sum(p.numel() for p in trained)
    images = torch.rand(4, 3, 16, 16)
    maps = parts.encoder.stages(images)
    *stages, output, projector = outline.layers
    assert (output.name, projector.name) == ("encoder", "projector")
    assert {layer.name: layer.width for layer in stages} == {
        name: features.shape[1] for name, features in maps.items()
    }
    assert [layer.map_size for layer in stages] == [
        tuple(features.shape[2:]) for features in maps.values()
    ]
    h = parts.encoder(images)
    assert outline.shapes["encoder"] == str(h.shape[1])
    assert outline.shapes["objective.projector"] == str(parts.objective.project(h).shape[1])
    assert projector.width == parts.objective.project(h).shape[1]
    assert outline.shapes["views.0"] == "3·16·16"


def test_an_outline_draws_no_random_number_and_stores_no_weight(catalog):
    recipe = small_recipe(catalog, "byol", encoder={"kind": "resnet", "depth": "50"})
    before = torch.get_rng_state()
    outline = outline_parts(recipe, catalog, FACTS)
    assert torch.equal(torch.get_rng_state(), before)
    assert outline.block_parameters["encoder"] > 20_000_000


@pytest.mark.parametrize(
    ("preset", "shows"), [("simclr", False), ("denoising-autoencoder", True), ("mae", True)]
)
def test_it_is_known_which_objectives_change_what_the_encoder_sees(preset, shows, catalog):
    assert shows_stimulus(small_recipe(catalog, preset), catalog, FACTS) is shows


def vars_of(facts):
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}
