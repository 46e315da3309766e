import pytest
import torch

from sslstudio.catalog.augmentations.normalise import NormaliseSpec, build
from sslstudio.domain.errors import RecipeError
from tests.catalog.augmentations.building import context
from tests.pictures import pictures


def values(statistics, **fields):
    part = build(NormaliseSpec(statistics=statistics), context(**fields))
    return part.mean.flatten().tolist(), part.std.flatten().tolist()


def test_statistics_come_from_where_the_spec_says():
    assert values("half") == ([0.5] * 3, [0.5] * 3)
    mean, std = values("dataset")
    assert mean == pytest.approx([0.4, 0.5, 0.6])
    assert std == pytest.approx([0.2, 0.25, 0.3])
    mean, std = values("imagenet")
    assert mean == pytest.approx([0.485, 0.456, 0.406])
    assert std == pytest.approx([0.229, 0.224, 0.225])


def test_grey_images_take_imagenets_average():
    mean, std = values("imagenet", channels=1)
    assert mean == pytest.approx([0.449])
    assert std == pytest.approx([0.226])


def test_dataset_statistics_make_mean_zero_and_deviation_one():
    images = pictures(64)
    part = build(
        NormaliseSpec(),
        context(
            channel_mean=tuple(images.mean(dim=(0, 2, 3)).tolist()),
            channel_std=tuple(images.std(dim=(0, 2, 3)).tolist()),
        ),
    )
    result = part.apply(images)
    torch.testing.assert_close(result.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(result.std(dim=(0, 2, 3)), torch.ones(3), atol=1e-4, rtol=0)


def test_unknown_statistics_are_an_error_with_a_way_out():
    with pytest.raises(RecipeError, match="not known") as error:
        values("dataset", channel_mean=(), channel_std=())
    assert "imagenet" in error.value.hint


def test_blank_images_do_not_divide_by_zero():
    part = build(NormaliseSpec(), context(channel_mean=(1.0,) * 3, channel_std=(0.0,) * 3))
    assert part.apply(torch.ones(2, 3, 8, 8)).isfinite().all()
