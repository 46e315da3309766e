"""An encoder whose positions see their own part of the image and nothing else, to the bit."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sslstudio.catalog.encoders.amdim import ENTRY, LimitedFieldSpec
from sslstudio.domain.errors import RecipeError
from tests.catalog.objectives.tiny import context_for, noise_images


def network(size: int = 32, channels: int = 3, **fields):
    torch.manual_seed(0)
    spec = LimitedFieldSpec(**{"width": 8, "dim": 32, "depth": 2, **fields})
    return ENTRY.build(spec, context_for(noise_images(2, channels, size))).eval()


def reach(encoder, size: int, stage: str) -> torch.Tensor:
    """Return which pixels move each position of a stage  # (positions, positions, size, size)."""
    image = torch.rand(1, 3, size, size)
    before = encoder.stages(image)[stage][0]
    seen = torch.zeros(*before.shape[1:], size, size, dtype=torch.bool)
    for row in range(size):
        for column in range(size):
            changed = image.clone()
            changed[0, :, row, column] += 1.0
            moved = encoder.stages(changed)[stage][0] != before
            seen[:, :, row, column] = moved.any(dim=0)
    return seen


@torch.no_grad()
def test_a_pixel_outside_of_its_window_leaves_a_position_the_same_to_the_bit():
    # 3x3, then 4x4 and 2x2 with stride 2: a window of 8 px in steps of 4; 3x3 adds two steps.
    encoder = network(32)
    for stage, window, count in (("f7", 8, 7), ("f5", 16, 5)):
        seen = reach(encoder, 32, stage)
        assert seen.shape[:2] == (count, count)
        for row in range(count):
            for column in range(count):
                inside = torch.zeros(32, 32, dtype=torch.bool)
                inside[4 * row : 4 * row + window, 4 * column : 4 * column + window] = True
                assert torch.equal(seen[row, column], inside)


@torch.no_grad()
def test_positions_do_not_know_where_they_are():
    # The same texture in every window of 4 px: without borders all positions agree.
    tiled = torch.rand(1, 3, 4, 4).repeat(1, 1, 8, 8)
    maps = network(32).stages(tiled)
    for stage in ("f7", "f5"):
        features = maps[stage]
        assert torch.allclose(features, features[:, :, :1, :1].expand_as(features), atol=1e-5)


@pytest.mark.parametrize(("size", "sides"), [(32, (7, 5, 1)), (64, (7, 5, 1)), (128, (7, 5, 1))])
def test_at_the_papers_sizes_maps_have_the_papers_sides(size, sides):
    maps = network(size).stages(torch.rand(1, 3, size, size))
    assert tuple(maps[name].shape[-1] for name in ("f7", "f5", "f1")) == sides


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 9, 11, 16, 21, 24, 28, 40, 48, 97])
def test_any_size_leaves_at_least_five_positions_and_one_in_the_end(size, channels):
    encoder = network(size, channels)
    maps = encoder.stages(torch.rand(2, channels, size, size))
    sides = {name: features.shape[-1] for name, features in maps.items()}
    assert 5 <= sides["f7"] <= 11
    assert sides["f5"] == sides["f7"] - 2
    assert sides["f1"] == 1
    assert {name: features.shape[1] for name, features in maps.items()} == encoder.stage_dims
    assert encoder(torch.rand(2, channels, size, size)).shape == (2, encoder.dim)


def test_it_is_made_for_the_smallest_images_that_it_meets():
    context = replace(context_for(noise_images(2, 3, 32)), view_size=20, view_sizes=(20, 20, 12))
    encoder = ENTRY.build(LimitedFieldSpec(width=8, dim=16, depth=1), context).eval()
    for size in (12, 20, 32):
        assert encoder(torch.rand(2, 3, size, size)).shape == (2, 16)
    with pytest.raises(RecipeError, match="made for images of 12 px and meets some of 10 px"):
        encoder(torch.rand(2, 3, 10, 10))


@pytest.mark.parametrize(
    ("fields", "different"),
    [({"width": 16}, "f7"), ({"depth": 3}, "f7"), ({"dim": 64}, "f1"), ({"dim": 16}, "f1")],
)
def test_every_setting_changes_the_network(fields, different):
    images = torch.rand(2, 3, 32, 32)
    first, second = network().stages(images), network(**fields).stages(images)
    same = first[different].shape == second[different].shape
    assert not same or not torch.equal(first[different], second[different])


def test_a_block_is_the_average_of_its_window_plus_the_convolutions():
    encoder = network(32)
    block = encoder.blocks["stage1"][0]
    features = torch.rand(1, 8, 10, 10)
    convolved = torch.nn.functional.conv2d(features, block.work[0].weight, stride=2)
    changed = torch.einsum("nchw,kc->nkhw", convolved.relu(), block.work[3].weight[:, :, 0, 0])
    expected = changed / (1.0 + 1e-5) ** 0.5
    for row in range(4):
        for column in range(4):
            window = features[:, :, 2 * row : 2 * row + 4, 2 * column : 2 * column + 4]
            expected[:, :8, row, column] += window.mean(dim=(2, 3))
    torch.testing.assert_close(block(features), expected, rtol=1e-4, atol=1e-5)
