import pytest

from sslstudio.engine.scaling import IMAGENET_IMAGES, scaled_by_root


def test_counts_fall_with_the_root_of_the_images():
    assert scaled_by_root(3000, IMAGENET_IMAGES) == 3000
    assert scaled_by_root(3000, IMAGENET_IMAGES // 100) == pytest.approx(300, rel=1e-4)
