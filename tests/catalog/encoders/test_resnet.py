"""ResNets are the published networks: sizes from the papers, forward passes from torchvision."""

import pytest
import torch
from torchvision.models import resnet18, resnet50

from sslstudio.catalog.encoders.resnet import ENTRY, ResnetSpec
from tests.catalog.objectives.tiny import context_for, noise_images

# Millions of parameters without classifier: SimCLR (arXiv:2002.05709, table 6), BYOL
# (arXiv:2006.07733, table 1b), CPC v2 (arXiv:1905.09272, table 1).
PUBLISHED = {
    ("50", 1): 24,
    ("50", 2): 94,
    ("50", 4): 375,
    ("200", 2): 250,
    ("161", 1): 305,
}


def network(**fields):
    context = context_for(noise_images(4, 3, 32))
    return ENTRY.build(ResnetSpec(**fields), context)


@pytest.mark.parametrize(("depth", "width"), PUBLISHED)
def test_size_is_the_published_one(depth, width):
    with torch.device("meta"):
        encoder = network(depth=depth, width=width)
    millions = sum(p.numel() for p in encoder.parameters()) / 1e6
    assert millions == pytest.approx(PUBLISHED[depth, width], rel=0.03)


@pytest.mark.parametrize(("depth", "peer"), [("18", resnet18), ("50", resnet50)])
def test_it_computes_what_torchvision_computes(depth, peer):
    theirs = peer(weights=None).eval()
    mine = network(depth=depth, stem="large").eval()
    names = zip(mine.state_dict(), [n for n in theirs.state_dict() if "fc." not in n], strict=True)
    weights = {name: theirs.state_dict()[other] for name, other in names}
    mine.load_state_dict(weights)
    images = torch.rand(2, 3, 64, 64)
    theirs.fc = torch.nn.Identity()
    assert torch.allclose(mine(images), theirs(images), atol=1e-5)


def test_stages_have_the_widths_that_they_declare():
    encoder = network(depth="18", width=2)
    maps = encoder.stages(torch.rand(2, 3, 16, 16))
    assert {name: features.shape[1] for name, features in maps.items()} == encoder.stage_dims
    assert encoder.dim == 1024


@pytest.mark.parametrize("depth", ["18", "50", "161"])
def test_half_width_halves_every_layer(depth):
    with torch.device("meta"):
        whole, half = network(depth=depth), network(depth=depth, half=True)
    assert half.stage_dims == {name: width // 2 for name, width in whole.stage_dims.items()}
    shapes = zip(whole.parameters(), half.parameters(), strict=True)
    assert all(large.shape[0] == 2 * small.shape[0] for large, small in shapes)


def test_a_small_stem_keeps_the_resolution_and_a_large_one_quarters_it():
    images = torch.rand(2, 3, 32, 32)
    small = network(stem="auto").stages(images)["stage1"]
    large = network(stem="large").stages(images)["stage1"]
    assert small.shape[-1] == 32
    assert large.shape[-1] == 8


def test_layer_norm_lets_no_image_see_another():
    images = torch.rand(4, 3, 16, 16)
    for norm, independent in (("layer", True), ("batch", False)):
        encoder = network(norm=norm).train()
        together, alone = encoder(images)[:2], encoder(images[:2])
        assert torch.allclose(together, alone, atol=1e-5) is independent
