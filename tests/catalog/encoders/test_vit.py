from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.encoders import vit
from sslstudio.catalog.encoders.vit import Vit, VitSpec
from sslstudio.domain.recipe import Representation as Kept
from sslstudio.engine.patches import PatchEncoder
from sslstudio.engine.representation import Representation
from sslstudio.engine.resampling import Preprocess
from sslstudio.services.export.standalone import standalone_source, trace, weights_of
from tests.catalog.objectives.tiny import context_for, noise_images

POOLINGS = ["mean", "class-token"]


def tiny(size: int = 16, **fields) -> Vit:
    torch.manual_seed(0)
    return Vit(VitSpec(**{"depth": 2, **fields}), 3, size).eval()


def test_the_named_sizes_are_those_of_deit():
    for size, width, heads, millions in (("tiny", 192, 3, 5.3), ("small", 384, 6, 21.3)):
        network = Vit(VitSpec(size=size), 3, 32)
        assert (network.dim, len(network.blocks)) == (width, 12)
        assert network.blocks[0].attention.heads == heads
        assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(
            millions, abs=0.1
        )


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("size", [8, 16, 21, 32])
def test_any_view_size_gives_h_and_every_stage_its_map(pooling, size):
    network = tiny(pooling=pooling)
    images = torch.rand(2, 3, size, size)
    maps = network.stages(images)
    side = -(-size // 4)
    assert {name: m.shape[1] for name, m in maps.items()} == network.stage_dims
    assert all(m.shape[2:] == (side, side) for name, m in maps.items() if name != "class")
    h = network(images)
    assert h.shape == (2, network.dim)
    expected = (
        maps["class"][:, :, 0, 0] if pooling == "class-token" else maps["block2"].mean((2, 3))
    )
    torch.testing.assert_close(h, expected)


@pytest.mark.parametrize("depth", [1, 2, 3, 6, 12])
def test_stages_are_the_quarters_of_the_depth(depth):
    names = list(tiny(depth=depth).stage_dims)
    assert names[-1] == f"block{depth}"
    assert len(names) == min(depth, 4)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_all_patches_kept_in_any_order_are_the_whole_image(pooling):
    network, images = tiny(pooling=pooling), torch.rand(2, 3, 16, 16)
    whole = network.tokens(images)
    order = torch.stack([torch.randperm(16), torch.randperm(16)])
    some = network.tokens(images, order)
    extra = network.extra_tokens
    for row in range(2):
        torch.testing.assert_close(
            some[row, extra:], whole[row, extra:][order[row]], atol=1e-5, rtol=1e-4
        )
    torch.testing.assert_close(some[:, :extra], whole[:, :extra], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_patches_left_out_do_not_exist_for_the_network(pooling):
    network, images = tiny(pooling=pooling), torch.rand(2, 3, 16, 16)
    kept = torch.tensor([[1, 2, 10], [0, 5, 6]])
    other = torch.rand(2, 3, 16, 16)
    for row in range(2):
        for number in kept[row].tolist():
            top, left = 4 * (number // 4), 4 * (number % 4)
            area = (row, slice(None), slice(top, top + 4), slice(left, left + 4))
            other[area] = images[area]
    tokens = network.tokens(images, kept)
    assert tokens.shape == (2, 3 + network.extra_tokens, network.dim)
    assert torch.equal(network.tokens(other, kept), tokens)


def test_where_a_patch_lies_matters():
    network, image = tiny(), torch.rand(1, 3, 16, 16)
    turned = image.roll(4, dims=3)
    assert not torch.allclose(network(image), network(turned), atol=1e-4)


def test_other_view_sizes_lie_on_the_same_plane():
    network = tiny(size=16)
    own = network.positions(16, 16, 32).view(4, 4, 32)
    finer = network.positions(32, 32, 32).view(8, 8, 32)
    # Two patches of half the size have their middle where the whole patch has it.
    between = (finer[0, 0] + finer[1, 1]) / 2
    distances = (own.flatten(0, 1) - between).norm(dim=1)
    assert int(distances.argmin()) == 0
    wide = network.positions(16, 32, 32)
    assert wide.shape == (4 * 8, 32)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_attention_of_the_last_block_can_be_looked_at(pooling):
    network, images = tiny(pooling=pooling), torch.rand(2, 3, 16, 16)
    tokens = 16 + network.extra_tokens
    weights = network.attention(images)
    assert weights.shape == (2, 3, tokens, tokens)
    torch.testing.assert_close(weights.sum(dim=3), torch.ones(2, 3, tokens))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_reach_every_parameter(pooling):
    network = tiny(pooling=pooling).train()
    network(torch.rand(2, 3, 16, 16)).square().sum().backward()
    assert all(p.grad is not None and bool(p.grad.any()) for p in network.parameters())


def test_it_works_on_a_gpu():
    with FakeTensorMode():
        with torch.device("cuda"):
            images = torch.rand(2, 3, 16, 16)
            network = vit.build(
                VitSpec(depth=1, pooling="class-token"), context_for(noise_images(4, 3, 16))
            )
            kept = torch.zeros(2, 3, dtype=torch.int64)
        assert network(images).device.type == "cuda"
        assert network.tokens(images, kept).device.type == "cuda"
        assert network.attention(images).device.type == "cuda"


def test_it_is_an_encoder_over_patches():
    assert isinstance(tiny(), PatchEncoder)
    assert VitSpec.sees_patches


@pytest.mark.parametrize(("pooling", "size"), [("mean", 16), ("class-token", 21)])
def test_it_leaves_as_plain_torch_code(pooling, size):
    network = tiny(size=12, depth=1, pooling=pooling)
    program = trace(Representation(network, Kept()), 3, size)
    preprocess = Preprocess(size, "crop", gray=False, mean=[0.5] * 3, std=[0.5] * 3)
    module: dict = {"__name__": "exported"}
    exec(standalone_source(program, preprocess, "tiny", network.dim), module)
    encoder = module["Encoder"](weights_of(program)).eval()
    images = torch.rand(5, 3, size, size)
    with torch.no_grad():
        torch.testing.assert_close(encoder.embed(images), network(images), atol=1e-5, rtol=1e-4)
