import pytest
import torch

from sslstudio.engine.imaging.mosaic import block_matrices, shuffled_tiles
from sslstudio.engine.imaging.separable import apply_separable
from tests.pictures import pictures


@pytest.mark.parametrize("size", [(12, 12), (13, 17), (8, 9)])
@pytest.mark.parametrize("side", [2, 3, 4])
def test_tile_after_tile_comes_to_its_place(size, side):
    images = pictures(3, size)
    generator = torch.Generator().manual_seed(1)
    order = torch.rand(3, side * side, generator=generator).argsort(dim=1)
    tall, wide = size[0] // side, size[1] // side
    expected = images.clone()
    for image in range(3):
        for place, tile in enumerate(order[image].tolist()):
            top, left = place // side * tall, place % side * wide
            y, x = tile // side * tall, tile % side * wide
            piece = images[image, :, y : y + tall, x : x + wide]
            expected[image, :, top : top + tall, left : left + wide] = piece
    assert torch.equal(shuffled_tiles(images, order), expected)


def test_blocks_are_means():
    images = pictures(2, 12)
    sizes = torch.tensor([4.0, 3.0])
    matrices = block_matrices(sizes, 12)
    result = apply_separable(images, matrices, matrices)
    for image, block in enumerate((4, 3)):
        means = torch.nn.functional.avg_pool2d(images[image : image + 1], block)
        expected = means.repeat_interleave(block, 2).repeat_interleave(block, 3)
        torch.testing.assert_close(result[image : image + 1], expected)


def test_a_block_of_one_pixel_changes_nothing_and_the_largest_is_one_colour():
    identity, flat = block_matrices(torch.tensor([1.0, 64.0]), 10)
    assert torch.equal(identity, torch.eye(10))
    torch.testing.assert_close(flat, torch.full((10, 10), 0.1))


def test_between_whole_sizes_blocks_alternate():
    (matrix,) = block_matrices(torch.tensor([2.5]), 10)
    assert (1 / matrix.amax(dim=1)).round().tolist() == [2, 2, 3, 3, 3, 2, 2, 3, 3, 3]
