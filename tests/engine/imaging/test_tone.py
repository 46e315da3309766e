"""Each formula against torchvision's, image by image."""

import pytest
import torch
from torchvision.transforms.v2 import functional

from sslstudio.engine.imaging.tone import (
    autocontrast,
    equalize,
    posterize,
    sharpened,
    solarized,
    with_gamma,
)
from tests.pictures import pictures


def one_by_one(function, images, *settings):
    rows = zip(images, *[values.tolist() for values in settings], strict=True)
    return torch.stack([function(*row) for row in rows])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 16, 24, 32, (20, 45), 96])
def test_equalize(channels, size):
    images = pictures(6, size, channels).pow(2.0)
    expected = one_by_one(functional.equalize, images)
    torch.testing.assert_close(equalize(images), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_flat_image_has_nothing_to_equalize_or_stretch(level):
    flat = torch.full((2, 3, 32, 32), level)
    torch.testing.assert_close(equalize(flat), flat, atol=1 / 255, rtol=0)
    torch.testing.assert_close(autocontrast(flat.clone()), flat)


@pytest.mark.parametrize("channels", [1, 3])
def test_autocontrast(channels):
    images = pictures(6, channels=channels) * 0.5 + 0.2
    images[0] = 0.3
    expected = one_by_one(functional.autocontrast, images)
    torch.testing.assert_close(autocontrast(images.clone()), expected, atol=1e-6, rtol=0)


def test_posterize():
    images, bits = pictures(8), torch.arange(1, 9)
    expected = one_by_one(functional.posterize, images, bits)
    torch.testing.assert_close(posterize(images.clone(), bits.float()), expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 32])
def test_sharpness(channels, size):
    images, factors = pictures(5, size, channels), torch.tensor([0.0, 0.4, 1.0, 2.0, 6.0])
    expected = one_by_one(functional.adjust_sharpness, images, factors)
    torch.testing.assert_close(sharpened(images, factors), expected, atol=2e-6, rtol=0)


def test_gamma():
    images, exponents = pictures(5), torch.tensor([0.1, 0.6, 1.0, 2.0, 8.0])
    expected = one_by_one(functional.adjust_gamma, images, exponents)
    torch.testing.assert_close(with_gamma(images.clone(), exponents), expected)


def test_solarize_with_a_threshold_for_each():
    images, thresholds = pictures(5), torch.tensor([0.0, 0.25, 0.5, 0.9, 1.0])
    expected = one_by_one(functional.solarize, images, thresholds)
    torch.testing.assert_close(solarized(images.clone(), thresholds), expected)
