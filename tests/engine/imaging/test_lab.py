import pytest
import torch

from sslstudio.engine.imaging.lab import chroma, from_lab, lightness, to_lab, unscaled
from tests.pictures import pictures

# CIE Lab under D65 of sRGB's corners, as colour-science and scikit-image give them.
CORNERS = {
    (1.0, 0.0, 0.0): (53.2408, 80.0925, 67.2032),
    (0.0, 1.0, 0.0): (87.7347, -86.1827, 83.1793),
    (0.0, 0.0, 1.0): (32.2970, 79.1875, -107.8602),
    (1.0, 1.0, 0.0): (97.1393, -21.5537, 94.4780),
    (0.0, 0.0, 0.0): (0.0, 0.0, 0.0),
    (1.0, 1.0, 1.0): (100.0, 0.0, 0.0),
    (0.5, 0.5, 0.5): (53.3890, 0.0, 0.0),
}


@pytest.mark.parametrize(("colour", "expected"), CORNERS.items())
def test_known_colours(colour, expected):
    lab = to_lab(torch.tensor(colour).view(1, 3, 1, 1)).flatten()
    torch.testing.assert_close(lab, torch.tensor(expected), atol=5e-3, rtol=0)


def test_there_and_back_is_the_same_picture():
    images = pictures(6)
    torch.testing.assert_close(from_lab(to_lab(images)), images, atol=1e-4, rtol=0)
    dark = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.05
    torch.testing.assert_close(from_lab(to_lab(dark)), dark, atol=1e-4, rtol=0)


def test_scaled_halves_put_together_are_lab():
    images = pictures(4)
    whole = unscaled(lightness(images), chroma(images))
    torch.testing.assert_close(whole, to_lab(images), atol=2e-4, rtol=0)


def test_every_colour_of_a_screen_fits_the_scale():
    levels = torch.cartesian_prod(*[torch.linspace(0, 1, 9)] * 3).T.reshape(1, 3, 27, 27)
    lab = to_lab(levels)
    assert lab[:, :1].min() >= 0
    assert lab[:, :1].max() <= 100.001
    assert lab[:, 1:].abs().max() < 110
    torch.testing.assert_close(from_lab(lab), levels, atol=1e-4, rtol=0)


def test_colours_beyond_a_screen_stay_in_range():
    lab = torch.tensor([50.0, 120.0, -120.0]).view(1, 3, 1, 1)
    assert from_lab(lab).min() >= 0
    assert from_lab(lab).max() <= 1
