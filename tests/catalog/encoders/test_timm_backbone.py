from __future__ import annotations

import math

import pytest
import timm
import torch

from sslstudio.catalog.encoders import timm_backbone
from sslstudio.catalog.encoders.timm_backbone import TimmSpec
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Representation as Kept
from sslstudio.engine.representation import Representation
from tests.catalog.objectives.tiny import context_for, noise_images


def built(name: str):
    torch.manual_seed(0)
    return timm_backbone.build(TimmSpec(name=name), context_for(noise_images(2, 3, 32))).eval()


@pytest.mark.parametrize(
    ("name", "extra"), [("test_vit", 1), ("test_vit3", 1), ("vit_tiny_patch16_224", 1)]
)
def test_attention_is_the_softmax_that_the_last_block_mixes_values_with(name, extra):
    network, images = built(name), torch.rand(2, 3, 32, 32)
    layer = network.network.blocks[-1].attn
    seen = []
    handle = layer.register_forward_hook(lambda _, inputs, output: seen.append((inputs[0], output)))
    network(images)
    handle.remove()
    tokens, mixed = seen[0]
    weights = network.attention(images)
    assert network.extra_tokens == extra
    width = layer.head_dim
    heads = []
    for head in range(layer.num_heads):
        rows = [slice(part * layer.attn_dim + head * width, None) for part in range(3)]
        query, key, value = (layer.qkv(tokens)[:, :, r][:, :, :width] for r in rows)
        looks = layer.q_norm(query) @ layer.k_norm(key).transpose(1, 2) / math.sqrt(width)
        torch.testing.assert_close(weights[:, head], looks.softmax(dim=2))
        heads.append(weights[:, head] @ value)
    expected = layer.proj(layer.norm(torch.cat(heads, dim=2)))
    torch.testing.assert_close(mixed, expected, atol=1e-5, rtol=1e-4)


LAYOUTS = {
    "test_resnet": "channels first",
    "test_efficientnet": "channels first",
    "test_vit": "tokens",
    "test_vit_relpos": "tokens",
    "test_mambaout": "channels last",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layer_is_a_map_with_channels_first_however_timm_arranges_it(name):
    network, images = built(name), torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        found = network.network.forward_features(images)
        layer = network.stages(images)["features"]
        kept = Representation(network, Kept(layer="features"))
        pooled = kept(images)
    if LAYOUTS[name] == "tokens":
        expected = found[:, network.extra_tokens :].mean(dim=1)
        side = math.isqrt(found.shape[1] - network.extra_tokens)
        assert layer.shape[2:] == (side, side)
        assert torch.equal(layer[:, :, 0, -1], found[:, network.extra_tokens + side - 1])
    else:
        expected = found.mean(dim=(1, 2) if LAYOUTS[name] == "channels last" else (2, 3))
    torch.testing.assert_close(pooled, expected)
    assert kept.dim == network.network.num_features == pooled.shape[1]


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_output_is_what_timm_pools(name):
    network, images = built(name), torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        expected = network.network(images)
        torch.testing.assert_close(network(images), expected)
        maps = list(network.stages(images).values())
    assert [features.shape[1] for features in maps] == list(network.stage_dims.values())
    assert network.dim == expected.shape[1]


@pytest.mark.parametrize("name", ["xcit_nano_12_p16_224", "test_resnet"])
@pytest.mark.parametrize(("size", "side"), [(64, 4), (96, 6)])
def test_images_of_another_size_than_the_views_have_maps_of_another_size(name, size, side):
    network, images = built(name), torch.rand(2, 3, size, size)
    with torch.no_grad():
        maps = network.stages(images)
        torch.testing.assert_close(network(images), network.network(images))
    if name.startswith("xcit"):
        assert maps["features"].shape == (2, 128, side, side)
        found = network.network.forward_features(images)[:, 1:]
        assert torch.equal(maps["features"][:, :, 1, 0], found[:, side])


def test_networks_that_give_several_maps_at_once_are_refused():
    with pytest.raises(RecipeError, match="several maps at once"):
        built("crossvit_9_240")


@pytest.mark.parametrize("name", ["resnet10t", "test_convnext"])
def test_networks_without_tokens_have_no_attention(name):
    assert built(name).attention(torch.rand(2, 3, 32, 32)) is None


def test_looking_leaves_the_network_as_it_was():
    network, images = built("test_vit"), torch.rand(2, 3, 32, 32)
    before = network(images)
    network.attention(images)
    assert torch.equal(network(images), before)
    assert not network.network.blocks[-1].attn._forward_pre_hooks
    assert timm.is_model("test_vit")
