import pytest
import torch

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.imaging.tiles import EMPTY, TileGrid, cut, laid_out, standardised


def numbered(size: int, count: int = 2) -> torch.Tensor:
    """Return views in which no two pixels are alike  # (count, 2, size, size)."""
    return torch.arange(count * 2 * size * size, dtype=torch.float32).view(count, 2, size, size)


def test_pieces_hold_exactly_the_pixels_of_their_place():
    views = numbered(10, count=3)
    top, left = torch.tensor([[0, 6], [3, 1], [5, 5]]), torch.tensor([[2, 6], [0, 4], [6, 0]])
    pieces = cut(views, top, left, 4)
    for image in range(3):
        for piece in range(2):
            y, x = int(top[image, piece]), int(left[image, piece])
            assert torch.equal(pieces[image, piece], views[image, :, y : y + 4, x : x + 4])


@pytest.mark.parametrize(
    ("size", "cells", "side"), [(32, 2, 13), (20, 2, 8), (32, 3, 8), (225, 3, 61), (8, 2, 4)]
)
def test_tiles_keep_the_gap_and_stay_in_their_cells(size, cells, side):
    grid = TileGrid.over(size, cells, gap=0.0625, jitter=0.125)
    assert grid.side == side
    numbers = torch.rand(500, cells**2, 2)
    numbers[0], numbers[1] = 0.0, 0.9999999
    top, left = (places.view(-1, cells, cells) for places in grid.places(numbers))
    assert int(top.min()) >= 0
    assert int(left.max()) + side <= size
    down = top[:, 1:, :] - (top[:, :-1, :] + side)
    right = left[:, :, 1:] - (left[:, :, :-1] + side)
    assert int(down.min()) == int(right.min()) == grid.gap
    assert int(right.max()) == grid.gap + 2 * grid.jitter


def test_every_place_that_the_jitter_allows_is_equally_likely():
    grid = TileGrid.over(32, 2, gap=0.0625, jitter=0.125)
    top, _ = grid.places(torch.rand(6000, 4, 2))
    shares = torch.bincount(top[:, 0]).float() / 6000
    assert shares.shape == (3,)
    assert shares.sub(1 / 3).abs().max() < 0.03


def test_no_pixel_of_one_tile_changes_another():
    grid = TileGrid.over(24, 2, gap=0.0, jitter=0.1)
    views, numbers = numbered(24), torch.rand(2, 4, 2)
    before = grid.cut(views, numbers)
    top, left = grid.places(numbers)
    y, x = int(top[0, 1]), int(left[0, 1])
    views[0, :, y : y + grid.side, x : x + grid.side] = -1.0
    after = grid.cut(views, numbers)
    assert float(after[0, 1].max()) == -1.0
    assert torch.equal(after[0, [0, 2, 3]], before[0, [0, 2, 3]])
    assert torch.equal(after[1], before[1])


def test_laying_out_is_the_reverse_of_cutting():
    views, top, left = numbered(12), torch.tensor([[0, 6]] * 2), torch.tensor([[1, 7]] * 2)
    canvas = laid_out(cut(views, top, left, 5), top, left, 12)
    inside = canvas != EMPTY
    assert torch.equal(canvas[inside], views[inside])
    assert int(inside[0, 0].sum()) == 2 * 25


def test_standardised_pieces_tell_nothing_of_brightness_cast_and_contrast():
    pieces = torch.rand(3, 4, 3, 6, 6)
    cast = pieces * torch.tensor([0.2, 0.5, 0.9]).view(3, 1, 1) + 0.1
    plain = standardised(pieces)
    assert torch.allclose(plain, standardised(cast), atol=1e-4)
    assert plain.mean(dim=(-2, -1)).abs().max() < 1e-5
    assert plain.std(dim=(-2, -1), correction=0).sub(1).abs().max() < 1e-4
    blank = standardised(torch.full((1, 1, 3, 4, 4), 0.7))
    assert blank.abs().max() < 1e-3  # no deviation to divide by


def test_views_that_are_not_square_are_refused():
    with pytest.raises(RecipeError, match="8 x 10 px"):
        TileGrid.over(8, 2, gap=0.0, jitter=0.0).cut(torch.zeros(1, 3, 8, 10), torch.rand(1, 4, 2))
