import numpy as np
import pytest

from sslstudio.gui.explore.camera import MARGIN_PX, Camera


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32) * np.float32([3, 1])


@pytest.fixture
def camera(points):
    return Camera.fitting(points, (600, 400))


def test_a_fitting_camera_shows_every_point_inside_the_margin(points, camera):
    places = camera.places(points)
    assert (places.min(axis=0) >= MARGIN_PX - 0.01).all()
    assert (places.max(axis=0) <= np.array([600, 400]) - MARGIN_PX + 0.01).all()
    assert camera.zoom == 1


def test_up_on_the_map_is_up_on_the_screen(camera):
    low, high = camera.places(np.array([[0, 0], [0, 1]], np.float32))
    assert high[1] < low[1]


def test_places_and_points_are_each_others_way_back(points, camera):
    camera = camera.zoomed(3, 100, 50).panned(7, -9)
    np.testing.assert_allclose(camera.points(camera.places(points)), points, atol=1e-4)


def test_zooming_keeps_the_place_under_the_pointer(camera):
    before = camera.points(np.array([[123.0, 45.0]]))
    after = camera.zoomed(2.5, 123, 45)
    np.testing.assert_allclose(after.points(np.array([[123.0, 45.0]])), before, atol=1e-6)
    assert after.zoom == pytest.approx(2.5)


def test_zooming_ends_somewhere(camera):
    assert camera.zoomed(1e9, 0, 0).zoom == pytest.approx(400)
    assert camera.zoomed(1e-9, 0, 0).zoom == pytest.approx(0.2)


def test_panning_moves_what_is_seen_with_the_hand(points, camera):
    moved = camera.panned(10, -20).places(points) - camera.places(points)
    np.testing.assert_allclose(moved, np.tile([10, -20], (100, 1)), atol=1e-3)


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 2), np.float32), np.full((1, 2), 7.3, np.float32), np.ones((5, 2), np.float32)],
)
def test_maps_without_extent_can_be_looked_at(points):
    camera = Camera.fitting(points, (600, 400))
    assert np.isfinite(camera.places(points)).all()
    if len(points):
        np.testing.assert_allclose(camera.places(points)[0], [300, 200], atol=0.5)
