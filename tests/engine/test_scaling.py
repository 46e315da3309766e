import pytest

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.scaling import (
    IMAGENET_IMAGES,
    count_for,
    require_no_more_than,
    scaled_by_root,
)


def clusters(images: int, asked: int | None = None) -> int:
    return count_for(images, asked, at_imagenet=3000, smallest=20, field="objective.clusters")


def test_counts_fall_with_the_root_of_the_images():
    assert scaled_by_root(3000, IMAGENET_IMAGES) == 3000
    assert scaled_by_root(3000, IMAGENET_IMAGES // 100) == pytest.approx(300, rel=1e-4)


def test_a_count_is_as_asked_and_unasked_it_follows_the_images():
    assert clusters(100, asked=7) == 7
    assert clusters(100, asked=100) == 100
    assert clusters(IMAGENET_IMAGES) == 3000
    assert clusters(50_000) == round(3000 * (50_000 / IMAGENET_IMAGES) ** 0.5) == 593


def test_an_unasked_count_leaves_the_least_number_of_images_to_each_and_is_never_one():
    assert clusters(200) == 10
    assert clusters(30) == 2


def test_more_than_the_images_is_refused_by_the_fields_name():
    with pytest.raises(RecipeError, match="clusters: 101 is more than the 100 training images"):
        clusters(100, asked=101)
    with pytest.raises(RecipeError, match="queue: 9 is more than the 8 training images"):
        require_no_more_than(8, 9, field="queue")
    require_no_more_than(8, 8, field="queue")
