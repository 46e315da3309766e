from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sslstudio.engine.decoder import Decoder, PixelScale
from tests.catalog.objectives.tiny import DEVIATION, MEAN, context_for, digits


@pytest.mark.parametrize("size", [8, 9, 15, 16, 17, 28, 31, 32, 33, 64, 100, 224])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size_from_eight_pixels_and_any_channel_count_come_out(size, channels):
    decoder = Decoder(6, channels=channels, size=size, width=4)
    images = decoder(torch.randn(2, 6))
    assert images.shape == (2, channels, size, size)
    assert 4 <= decoder.first <= 8


def test_the_borders_are_cut_evenly_where_the_size_is_no_multiple_of_the_first_map():
    decoder = Decoder(6, channels=1, size=17, width=4)
    ramp = torch.arange(20.0).expand(2, 1, 20, 20) / 100.0
    decoder.doublings.forward = lambda _features: ramp
    decoder.to_pixels = torch.nn.Identity()
    expected = torch.arange(1.0, 18.0) / 100.0
    torch.testing.assert_close(decoder(torch.randn(2, 6))[0, 0, 3], expected)


def test_different_vectors_give_different_images_and_gradients_reach_them():
    decoder = Decoder(6, channels=1, size=21, width=4)
    vectors = torch.randn(4, 6, requires_grad=True)
    images = decoder(vectors)
    assert float((images[0] - images[1]).detach().abs().max()) > 0.0
    images.square().mean().backward()
    assert bool(vectors.grad.any())


def test_pixels_come_back_from_normalised_views():
    images = digits(8)
    scale = PixelScale(context_for(images))
    scale.observe(images)
    views = images.normalised(images.pixels)
    torch.testing.assert_close(scale.pixels(views), images.pixels)
    torch.testing.assert_close(scale.normalised(images.pixels), views)


def test_before_it_saw_images_the_scale_is_that_of_the_data_set():
    images = digits(8)
    context = replace(context_for(images), channel_mean=(MEAN,), channel_std=(DEVIATION,))
    scale = PixelScale(context)
    torch.testing.assert_close(scale.pixels(images.normalised(images.pixels)), images.pixels)
