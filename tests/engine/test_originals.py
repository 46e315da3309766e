from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from sslstudio.engine.originals import Originals
from tests.catalog.objectives.tiny import batch_of, context_for, digits


def ready(images):
    originals = Originals(context_for(images))
    originals.observe(images)
    return originals


def test_the_mean_image_is_that_of_all_training_images():
    images = digits(230)  # batches of 100, 100 and 30
    torch.testing.assert_close(ready(images).mean_image, images.pixels.mean(dim=0, keepdim=True))


def test_originals_are_the_views_pixels_and_smaller_views_are_enlarged():
    images = digits(8)
    originals = ready(images)
    view = batch_of(images, torch.arange(8)).views[0]
    torch.testing.assert_close(originals.of(view), images.pixels)
    assert originals.of(view[..., :6, :6]).shape == images.pixels.shape


def test_explained_is_the_share_of_the_mean_images_weighted_error_that_is_gone():
    images = digits(200)
    originals, clean = ready(images), images.pixels
    weights = torch.rand(200, 1, 8, 8)
    blind = (originals.mean_image - clean).square()
    assert float(originals.explained(blind, clean, weights)) == pytest.approx(0.0, abs=1e-6)
    assert float(originals.explained(0.25 * blind, clean, weights)) == pytest.approx(0.75)
    assert float(originals.explained(0.0 * blind, clean, weights)) == 1.0


def test_explained_is_a_number_where_no_pixel_counts_or_all_images_are_alike():
    images = digits(8)
    originals = ready(images)
    errors = torch.rand_like(images.pixels)
    nothing = torch.zeros(8, 1, 8, 8)
    assert float(originals.explained(errors, images.pixels, nothing)) == 1.0
    alike = originals.mean_image.expand_as(images.pixels)
    assert bool(originals.explained(errors, alike, nothing + 1.0).isfinite())


def test_before_it_saw_images_it_takes_the_mean_colour():
    context = replace(context_for(digits(8)), channel_mean=(0.25,), channel_std=(0.5,))
    originals = Originals(context)
    assert torch.equal(originals.mean_image, torch.full((1, 1, 8, 8), 0.25))
    assert originals.channel_variance == 0.25


@pytest.mark.parametrize("error", ["mse", "bce"])
def test_a_flat_colour_costs_what_painting_the_mean_colour_costs(error):
    pixels = torch.tensor([0.0, 1.0, 1.0, 1.0])  # mean .75, variance .1875
    context = replace(
        context_for(digits(8)), channel_mean=(0.75,), channel_std=(float(pixels.std(correction=0)),)
    )
    (anchor,) = Originals(context).flat_colour("loss", error)
    measure = F.mse_loss if error == "mse" else F.binary_cross_entropy
    assert anchor.value == pytest.approx(float(measure(torch.full((4,), 0.75), pixels)), rel=1e-6)
    assert anchor.term == "loss"


def test_without_statistics_of_the_data_there_is_no_flat_colour():
    assert Originals(context_for(digits(8))).flat_colour("loss", "mse") == ()
