"""The same distributions as torchvision's transforms, end to end and parameter by parameter."""

import pytest
import torch
from scipy.stats import chisquare, ks_2samp
from torch import Tensor
from torchvision.transforms import v2

from sslstudio.catalog.augmentations.color_jitter import ColorJitter, ColorJitterSpec
from sslstudio.catalog.augmentations.random_resized_crop import (
    RandomResizedCrop,
    RandomResizedCropSpec,
)
from sslstudio.engine.imaging.colour import BRIGHTNESS, CONTRAST, HUE, ORDERS, SATURATION
from sslstudio.engine.imaging.placement import Placement
from tests.catalog.augmentations.building import augmentation, seeded
from tests.pictures import pictures

COUNT = 1000


def statistics(images: Tensor) -> dict[str, Tensor]:
    """Return numbers of each image that the operations change in different ways."""
    red, green, blue = images.unbind(1)
    return {
        "mean": images.mean(dim=(1, 2, 3)),
        "spread": images.flatten(1).std(dim=1),
        "colour": (red - green).mean(dim=(1, 2)),
        "other colour": (blue - green).mean(dim=(1, 2)),
        "left half": images[..., : images.shape[-1] // 2].mean(dim=(1, 2, 3)),
        "sharpness": (images[..., 1:] - images[..., :-1]).abs().mean(dim=(1, 2, 3)),
        "corner": images[:, 0, 1, 1],
    }


CASES = [
    (
        "random-resized-crop",
        {"scale": (0.1, 0.8), "aspect_ratio": (0.6, 1.5)},
        v2.RandomResizedCrop(16, scale=(0.1, 0.8), ratio=(0.6, 1.5), antialias=True),
    ),
    ("horizontal-flip", {"probability": 0.3}, v2.RandomHorizontalFlip(0.3)),
    (
        "color-jitter",
        {"brightness": 0.4, "contrast": 0.5, "saturation": 0.8, "hue": 0.2},
        v2.RandomApply([v2.ColorJitter(0.4, 0.5, 0.8, 0.2)], p=0.8),
    ),
    (
        "color-jitter",
        {"brightness": 1.5, "hue": 0.5, "probability": 1.0},
        v2.ColorJitter(1.5, 0.4, 0.4, 0.5),
    ),
    ("grayscale", {"probability": 0.35}, v2.RandomGrayscale(0.35)),
    (
        "gaussian-blur",
        {"sigma": (0.2, 1.5), "kernel": 0.3, "probability": 0.6},
        v2.RandomApply([v2.GaussianBlur(5, (0.2, 1.5))], p=0.6),
    ),
    ("solarize", {"threshold": 0.6, "probability": 0.25}, v2.RandomSolarize(0.6, p=0.25)),
]


@pytest.mark.parametrize(("kind", "fields", "transform"), CASES)
def test_the_views_of_one_picture_are_distributed_as_torchvisions(kind, fields, transform):
    picture = pictures(3, 16)[2]
    torch.manual_seed(5)
    theirs = torch.stack([transform(picture) for _ in range(COUNT)])
    ours = augmentation(kind, 16, **fields)(picture.expand(COUNT, -1, -1, -1), seeded(6))
    reference = statistics(theirs)
    for name, values in statistics(ours).items():
        # Rounded, because KS takes different rounding errors of one value for different values.
        mine, other = (values * 1e4).round(), (reference[name] * 1e4).round()
        assert ks_2samp(mine, other).pvalue > 1e-3, name


def drawn(**fields) -> ColorJitter:
    return ColorJitter(ColorJitterSpec(**fields))


def test_jitter_factors_follow_torchvisions_law():
    spec = {"brightness": 0.3, "contrast": 1.5, "saturation": 0.7, "hue": 0.25}
    settings = drawn(**spec).settings(torch.rand(COUNT, 6, generator=seeded()))
    torch.manual_seed(0)
    transform = v2.ColorJitter(**spec)
    theirs = [transform.make_params([]) for _ in range(COUNT)]
    names = {
        BRIGHTNESS: "brightness_factor",
        CONTRAST: "contrast_factor",
        SATURATION: "saturation_factor",
    }
    for column, name in names.items():
        reference = [params[name] for params in theirs]
        assert ks_2samp(settings.factors[:, column], reference).pvalue > 1e-3, name
    assert settings.turns is not None
    assert ks_2samp(settings.turns, [params["hue_factor"] for params in theirs]).pvalue > 1e-3


def test_all_24_orders_are_equally_likely():
    settings = drawn().settings(torch.rand(4800, 6, generator=seeded()))
    counts = torch.bincount(settings.order, minlength=len(ORDERS))
    assert len(counts) == 24
    assert chisquare(counts).pvalue > 1e-3


def test_the_draws_of_one_image_are_independent():
    settings = drawn(hue=0.5).settings(torch.rand(4000, 6, generator=seeded()))
    assert settings.turns is not None
    place = torch.tensor([order.index(HUE) for order in ORDERS])[settings.order]
    columns = [*settings.factors.unbind(1), settings.turns, place, settings.chosen]
    correlation = torch.corrcoef(torch.stack([column.float() for column in columns]))
    assert (correlation - torch.eye(6)).abs().max() < 0.07  # 4 standard errors


def test_rare_crops_are_as_large_as_frequent_ones():
    images = torch.empty(2 * COUNT, 3, 32, 32)
    areas = []
    for probability in (0.3, 1.0):
        spec = RandomResizedCropSpec(scale=(0.1, 0.8), probability=probability)
        part = RandomResizedCrop(spec, 32)
        numbers = torch.rand(len(images), part.numbers, generator=seeded())
        boxes = part.place(Placement.of(images), numbers).boxes
        area = boxes.height * boxes.width
        areas.append(area[area < 32 * 32])
    assert abs(len(areas[0]) / len(areas[1]) - 0.3) < 0.05
    assert ks_2samp(*areas).pvalue > 1e-3


def test_crop_at_probability_zero_is_a_plain_resize():
    images = pictures(5, 32)
    result = augmentation("random-resized-crop", 20, probability=0.0)(images, seeded())
    expected = v2.functional.resize(images, [20, 20], antialias=True)
    torch.testing.assert_close(result, expected, atol=2e-5, rtol=0)
