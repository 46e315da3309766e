import pytest
import torch
from torchvision.transforms.v2 import functional

from sslstudio.engine.imaging.colour import (
    HUE,
    ORDERS,
    Jitter,
    jitter,
    luminance,
    shift_hue,
    solarize,
)
from tests.pictures import pictures

ADJUST = (
    functional.adjust_brightness,
    functional.adjust_contrast,
    functional.adjust_saturation,
    functional.adjust_hue,
)


def settings(count, **values) -> Jitter:
    plain = {
        "factors": torch.ones(count, 3),
        "turns": None,
        "order": torch.zeros(count, dtype=torch.int64),
        "chosen": torch.ones(count, dtype=torch.bool),
    }
    return Jitter(**{**plain, **values})


def test_luminance_equals_torchvision():
    images = pictures(4)
    torch.testing.assert_close(luminance(images), functional.rgb_to_grayscale(images))


def test_luminance_of_grey_images_is_a_copy():
    images = pictures(2, channels=1)
    grey = luminance(images)
    assert torch.equal(grey, images)
    assert grey.data_ptr() != images.data_ptr()


@pytest.mark.parametrize("turns", [-0.5, -0.31, -0.1, 0.0, 0.02, 0.17, 0.4, 0.5])
def test_hue_equals_torchvision(turns):
    images = pictures(6)
    result = shift_hue(images, torch.full((6,), turns))
    torch.testing.assert_close(result, functional.adjust_hue(images, turns), atol=1e-5, rtol=0)


def test_hue_of_saturated_and_tied_colours_equals_torchvision():
    corners = torch.cartesian_prod(*[torch.tensor([0.0, 0.3, 1.0])] * 3).T.reshape(1, 3, 3, 9)
    for turns in (-0.4, -1 / 6, 0.25, 1 / 3, 0.5):
        result = shift_hue(corners, torch.tensor([turns]))
        expected = functional.adjust_hue(corners, turns)
        torch.testing.assert_close(result, expected, atol=1e-5, rtol=0)


def test_nearly_grey_pixels_stay_finite_and_grey():
    images = torch.full((1, 3, 8, 8), 0.25)
    images[:, 0] += 1e-8
    images[:, 1, :4] = 1e-38
    result = shift_hue(images.clamp_(0, 1), torch.tensor([0.37]))
    assert result.isfinite().all()
    torch.testing.assert_close(result[:, :, 4:], images[:, :, 4:], atol=1e-6, rtol=0)


@pytest.mark.parametrize("operation", [0, 1, 2])
@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1.7, 3.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_each_blend_equals_torchvision(operation, factor, channels):
    images = pictures(5, channels=channels)
    factors = torch.ones(5, 3)
    factors[:, operation] = factor
    result = jitter(images.clone(), settings(5, factors=factors))
    expected = torch.stack([ADJUST[operation](image, factor) for image in images])
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_follows_its_own_order_with_its_own_values(channels):
    count = len(ORDERS)
    images = pictures(count, channels=channels)
    generator = torch.Generator().manual_seed(3)
    factors = torch.rand(count, 3, generator=generator) * 1.6 + 0.2
    turns = torch.rand(count, generator=generator) - 0.5
    result = jitter(
        images.clone(), settings(count, factors=factors, turns=turns, order=torch.arange(count))
    )
    for row, order in enumerate(ORDERS):
        expected = images[row]
        for operation in order:
            value = turns[row] if operation == HUE else factors[row, operation]
            expected = ADJUST[operation](expected, value.item())
        torch.testing.assert_close(result[row], expected, atol=5e-5, rtol=0)


def test_the_order_matters_for_the_result():
    images = pictures(1).expand(len(ORDERS), -1, -1, -1).clone()
    result = jitter(
        images,
        settings(
            len(ORDERS),
            factors=torch.tensor([[1.4, 0.6, 1.4]]).expand(len(ORDERS), 3),
            turns=torch.full((len(ORDERS),), 0.1),
            order=torch.arange(len(ORDERS)),
        ),
    )
    differences = (result[:, None] - result[None]).abs().amax(dim=(2, 3, 4))
    assert (differences > 1e-3).float().mean() > 0.8


def test_images_that_are_not_chosen_stay_bit_for_bit():
    images = pictures(6)
    chosen = torch.tensor([True, False, False, True, False, True])
    result = jitter(
        images.clone(),
        settings(6, factors=torch.full((6, 3), 0.5), turns=torch.full((6,), 0.2), chosen=chosen),
    )
    assert torch.equal(result[~chosen], images[~chosen])
    assert (result[chosen] != images[chosen]).flatten(1).any(dim=1).all()


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 1.0])
def test_solarize_equals_torchvision(threshold):
    images = pictures(4)
    result = solarize(images, threshold)
    torch.testing.assert_close(result, functional.solarize(images, threshold))
    assert result.min() >= 0
    assert result.max() <= 1
