from __future__ import annotations

import pytest
import torch

from sslstudio.engine.patches import chosen, grid_of, image_of, patches_of


@pytest.mark.parametrize(
    ("size", "patch"), [((8, 8), 2), ((12, 8), 4), ((21, 30), 4), ((8, 8), 16)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_images_come_back_from_their_patches(size, patch, channels):
    images = torch.rand(3, channels, *size)
    patches = patches_of(images, patch)
    count = grid_of(size[0], patch) * grid_of(size[1], patch)
    assert patches.shape == (3, count, patch * patch * channels)
    assert torch.equal(image_of(patches, patch, channels, size), images)


def test_patches_run_row_by_row_and_hold_the_channels_of_a_pixel_side_by_side():
    images = torch.arange(2 * 4 * 6.0).view(1, 2, 4, 6)
    second = patches_of(images, 2)[0, 1]
    block = images[0, :, 0:2, 2:4]
    assert torch.equal(second, block.permute(1, 2, 0).flatten())
    fourth = patches_of(images, 2)[0, 3]
    assert torch.equal(fourth, images[0, :, 2:4, 0:2].permute(1, 2, 0).flatten())


def test_borders_are_repeated_on_both_sides_where_the_patch_does_not_fit():
    images = torch.rand(1, 1, 6, 8)
    whole = image_of(patches_of(images, 4), 4, 1, (8, 8))
    assert torch.equal(whole[..., 1:7, :], images)
    assert torch.equal(whole[..., 0, :], images[..., 0, :])
    assert torch.equal(whole[..., 7, :], images[..., 5, :])


def test_each_image_gives_the_tokens_of_its_own_numbers():
    tokens = torch.rand(2, 5, 3)
    numbers = torch.tensor([[4, 0], [1, 1]])
    picked = chosen(tokens, numbers)
    assert torch.equal(picked[0], tokens[0, [4, 0]])
    assert torch.equal(picked[1], tokens[1, [1, 1]])
