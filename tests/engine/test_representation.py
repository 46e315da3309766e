from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.assemble import assemble, build_kept
from sslstudio.domain.edits import parse_recipe
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Representation as Kept
from sslstudio.engine.representation import Representation, projector_of
from tests.support.runs import small_recipe, small_store

IMAGES = torch.rand(5, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def parts_of(catalog, preset="simclr", **changes):
    recipe = small_recipe(catalog, preset, **changes)
    parts = assemble(recipe, catalog, small_store().facts(), torch.device("cpu"))
    parts.objective.eval()
    return parts


def kept_of(catalog, *layers, pooling="average", **changes):
    parts = parts_of(catalog, **changes)
    kept = Kept(layer=layers[0], also=layers[1:], pooling=pooling)
    made = Representation(parts.encoder, kept, projector_of(parts.objective))
    return made, parts


def test_layers_stand_side_by_side_each_at_length_one(catalog):
    kept, parts = kept_of(catalog, "encoder", "stage1", "projector")
    h = parts.encoder(IMAGES)
    pooled = parts.encoder.stages(IMAGES)["stage1"].mean(dim=(2, 3))
    z = parts.objective.project(h)
    expected = torch.cat([F.normalize(part, dim=1) for part in (h, pooled, z)], dim=1)
    found = kept(IMAGES)
    torch.testing.assert_close(found, expected)
    assert kept.dim == found.shape[1] == h.shape[1] + pooled.shape[1] + z.shape[1]


def test_the_cosine_of_images_is_the_mean_of_the_layers_cosines(catalog):
    kept, parts = kept_of(catalog, "encoder", "stage1")
    found = F.normalize(kept(IMAGES), dim=1)
    each = [parts.encoder(IMAGES), parts.encoder.stages(IMAGES)["stage1"].mean(dim=(2, 3))]
    cosines = torch.stack([F.normalize(x, dim=1) @ F.normalize(x, dim=1).T for x in each])
    torch.testing.assert_close(found @ found.T, cosines.mean(dim=0))


@pytest.mark.parametrize("layer", ["encoder", "stage1", "projector"])
def test_one_layer_alone_is_kept_as_it_is(catalog, layer):
    kept, parts = kept_of(catalog, layer)
    h = parts.encoder(IMAGES)
    expected = {
        "encoder": h,
        "stage1": parts.encoder.stages(IMAGES)["stage1"].mean(dim=(2, 3)),
        "projector": parts.objective.project(h),
    }[layer]
    assert torch.equal(kept(IMAGES), expected)
    assert kept.dim == expected.shape[1]
    assert kept.is_output == (layer == "encoder")


@pytest.mark.parametrize("pooling", ["average", "max", "both"])
def test_maps_are_pooled_as_asked(catalog, pooling):
    kept, parts = kept_of(catalog, "stage1", pooling=pooling)
    features = parts.encoder.stages(IMAGES)["stage1"]
    mean, largest = features.mean(dim=(2, 3)), features.amax(dim=(2, 3))
    expected = {"average": mean, "max": largest, "both": torch.cat([mean, largest], dim=1)}
    assert torch.equal(kept(IMAGES), expected[pooling])
    assert kept.dim == expected[pooling].shape[1]


def test_pooling_of_maps_leaves_the_output_alone(catalog):
    kept, parts = kept_of(catalog, "encoder", pooling="max")
    assert torch.equal(kept(IMAGES), parts.encoder(IMAGES))


def test_an_encoder_with_a_forward_of_its_own_keeps_its_output(catalog):
    recipe = small_recipe(catalog, "wavelet")
    parts = assemble(recipe, catalog, small_store().facts(), torch.device("cpu"))
    stage = next(iter(parts.encoder.stage_dims))
    kept = Representation(parts.encoder, Kept(layer="encoder", also=(stage,)))
    found = kept(IMAGES)[:, : parts.encoder.dim]
    torch.testing.assert_close(found, F.normalize(parts.encoder(IMAGES), dim=1))


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (("stage9",), "no layer 'stage9'"),
        (("encoder", "stage9"), "no layer 'stage9'"),
        (("stage1", "stage1"), "kept twice"),
    ],
)
def test_layers_that_cannot_be_kept_are_named(catalog, layers, words):
    with pytest.raises(RecipeError, match=words):
        kept_of(catalog, *layers)


@pytest.mark.parametrize("preset", ["rotation", "npid", "pcl"])
def test_a_task_without_a_projector_has_none_to_keep(catalog, preset):
    parts = parts_of(catalog, preset)
    with pytest.raises(RecipeError, match="no projector"):
        Representation(parts.encoder, Kept(layer="projector"), projector_of(parts.objective))


def test_an_absent_projector_is_none_either(catalog):
    parts = parts_of(catalog, objective__projector={"kind": "none"})
    assert projector_of(parts.objective) is None


def test_the_kept_network_alone_has_the_weights_of_the_run(catalog):
    wanted = {"layer": "encoder", "also": ["projector"]}
    recipe = small_recipe(catalog, "simclr", representation=wanted)
    facts = small_store().facts()
    kept, _ = build_kept(recipe, catalog, facts)
    whole = assemble(recipe, catalog, facts, torch.device("cpu")).kept
    assert kept.state_dict().keys() == whole.state_dict().keys()
    for name, value in kept.state_dict().items():
        assert torch.equal(value, whole.state_dict()[name])


def test_recipes_from_before_name_one_layer(catalog):
    content = small_recipe(catalog, "simclr").model_dump(mode="json")
    content["representation"] = {"layer": "stage2"}
    recipe = parse_recipe(content, catalog.kinds)
    assert recipe.representation.layers == ("stage2",)
    assert recipe.representation.pooling == "average"
