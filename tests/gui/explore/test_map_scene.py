import numpy as np
import pytest

from sslstudio.gui.explore.map_scene import MapScene


def inked(points, size):
    """Return how much of one dot is drawn, in pixels."""
    scene = MapScene()
    scene.resize(size)
    scene.set_points(points)
    [(picture, _)] = scene.pictures(1.0)
    return picture.pixels[..., 3].sum() / 255 / len(points)


@pytest.mark.parametrize(("count", "grows"), [(100, True), (20_001, False)])
def test_dots_grow_with_the_view_where_they_are_few(count, grows):
    points = np.random.default_rng(0).random((count, 2)).astype(np.float32)
    dots = points if grows else points[:1].repeat(count, axis=0)
    small, large = (inked(dots, size) for size in ((340, 310), (1360, 1240)))
    assert (large > 1.5 * small) == grows
