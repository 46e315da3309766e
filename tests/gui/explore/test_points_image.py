import numpy as np
import pytest

from sslstudio.gui.explore import points_image
from sslstudio.gui.explore.points_image import drawn, ink

RED, BLUE = (200, 0, 0), (0, 0, 200)


def picture(places, colours, opacity=0.8, size=(40, 30), radius=2.0):
    places = np.array(places, dtype=np.float32)
    weights = ink(np.array(colours, dtype=np.uint8), np.full(len(places), opacity))
    found = drawn(places, weights, size, radius)
    height, width, _ = found.pixels.shape
    whole = np.zeros((size[1], size[0], 4), dtype=np.int64)
    whole[found.top : found.top + height, found.left : found.left + width] = found.pixels
    return whole


@pytest.fixture(params=["stamped", "counted"])
def way(request, monkeypatch):
    monkeypatch.setattr(points_image, "STAMPED_LIMIT", 60_000 if request.param == "stamped" else 0)


both_ways = pytest.mark.usefixtures("way")


@both_ways
def test_a_point_is_a_round_dot_of_its_colour_at_its_place():
    image = picture([(20.5, 10.5)], [RED])
    assert image.shape == (30, 40, 4)
    blue, green, red, alpha = image[10, 20]
    assert alpha == pytest.approx(255 * 0.8, abs=2)
    assert red == pytest.approx(200 * 0.8, abs=2)
    assert (blue, green) == (0, 0)
    rows, columns = np.nonzero(image[:, :, 3])
    assert rows.mean() == pytest.approx(10, abs=0.01)
    assert columns.mean() == pytest.approx(20, abs=0.01)
    area = image[:, :, 3].sum() / (255 * 0.8)
    assert area == pytest.approx(np.pi * 2**2, rel=0.15)
    assert image[8, 18, 3] < image[8, 20, 3]


def test_stamps_follow_places_between_pixels():
    left, right = picture([(20.1, 10.5)], [RED]), picture([(20.9, 10.5)], [RED])
    assert left[10, 18, 3] > right[10, 18, 3]
    assert left[10, 22, 3] < right[10, 22, 3]


@both_ways
def test_overlap_darkens_and_mixes_whatever_the_order():
    one = picture([(20.5, 10.5), (20.5, 10.5)], [RED, BLUE])
    other = picture([(20.5, 10.5), (20.5, 10.5)], [BLUE, RED])
    np.testing.assert_array_equal(one, other)
    blue, _, red, alpha = one[10, 20]
    assert alpha == pytest.approx(255 * (1 - 0.2**2), abs=2)
    assert blue == pytest.approx(red, abs=1)


@both_ways
def test_points_outside_and_invisible_ones_leave_no_trace():
    away = [(-50, 10), (500, 10), (10, -50), (10, 500), (1e9, -1e9)]
    assert not picture(away, [RED] * 5).any()
    assert not picture([(20, 10)], [RED], opacity=0.0).any()


@both_ways
def test_a_dot_cut_by_the_edge_is_drawn_as_far_as_it_is_seen():
    image = picture([(0, 0), (40, 30), (-1, 29), (39.9, -0.9)], [RED] * 4)
    assert image[0, 0, 3] > 0
    assert image[29, 39, 3] > 0
    assert image[29, 0, 3] > 0
    assert image[0, 39, 3] > 0
    assert not image[10:20, 10:30].any()


def test_both_ways_draw_the_same_weight_of_colour(monkeypatch):
    places = np.random.default_rng(0).uniform(5, 25, (50, 2)).astype(np.float32)
    stamped = picture(places, [RED] * 50, opacity=0.1)
    monkeypatch.setattr(points_image, "STAMPED_LIMIT", 0)
    counted = picture(places, [RED] * 50, opacity=0.1)
    assert counted[:, :, 3].sum() == pytest.approx(stamped[:, :, 3].sum(), rel=0.15)


@both_ways
def test_colours_stay_within_their_opacity():
    random = np.random.default_rng(0)
    places = random.uniform(0, 30, (300, 2)).astype(np.float32)
    image = picture(places, random.integers(0, 256, (300, 3)))
    assert (image[:, :, :3] <= image[:, :, 3:]).all()


def test_a_picture_is_no_larger_than_its_points_need():
    places = np.array([[20.5, 10.5], [22.5, 11.5]], dtype=np.float32)
    found = drawn(places, ink(np.array([RED, RED]), np.ones(2)), (400, 300), 2.0)
    assert found.pixels.shape[0] < 12
    assert found.pixels.shape[1] < 14
    assert drawn(places + 1000, ink(np.array([RED, RED]), np.ones(2)), (40, 30), 2).pixels.size == 0


def test_the_smallest_dots_of_very_many_are_two_pixels_square(monkeypatch):
    monkeypatch.setattr(points_image, "STAMPED_LIMIT", 0)
    image = picture([(20.5, 10.5), (39.9, 29.9)], [RED, RED], radius=1.0)
    assert np.argwhere(image[:, :, 3] > 0).tolist() == [
        [10, 20],
        [10, 21],
        [11, 20],
        [11, 21],
        [29, 39],
    ]
    assert image[11, 21, 3] == pytest.approx(255 * 0.8, abs=2)
