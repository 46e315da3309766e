"""Affine motions against torchvision's, at fixed parameters and image by image."""

import math
from dataclasses import replace

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from sslstudio.engine.imaging.warp import Motion, warped
from tests.pictures import pictures

BILINEAR = InterpolationMode.BILINEAR
# degrees, shift right and down, scale, shears in degrees
MOTIONS = [
    (0.0, 0, 0, 1.0, 0.0, 0.0),
    (30.0, 0, 0, 1.0, 0.0, 0.0),
    (-110.0, 0, 0, 1.0, 0.0, 0.0),
    (0.0, 5, -3, 1.0, 0.0, 0.0),
    (0.0, 0, 0, 0.6, 0.0, 0.0),
    (0.0, 0, 0, 1.7, 0.0, 0.0),
    (0.0, 0, 0, 1.0, 25.0, 0.0),
    (0.0, 0, 0, 1.0, 0.0, -15.0),
    (20.0, 3, 4, 1.2, 10.0, 30.0),
]


def motion(rows) -> Motion:
    angle, right, down, scale, shear_x, shear_y = torch.tensor(rows).unbind(1)
    return Motion(
        angle=angle.deg2rad(),
        shear_x=shear_x.deg2rad(),
        shear_y=shear_y.deg2rad(),
        scale=scale,
        right=right,
        down=down,
    )


def theirs(image, row, **options):
    angle, right, down, scale, shear_x, shear_y = row
    return functional.affine(
        image,
        angle=angle,
        translate=[right, down],
        scale=scale,
        shear=[shear_x, shear_y],
        interpolation=BILINEAR,
        **options,
    )


@pytest.mark.parametrize("size", [32, (20, 36), (41, 24)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_moves_as_torchvision_moves_it(size, channels):
    images = pictures(len(MOTIONS), size, channels)
    result = warped(images, motion(MOTIONS), "black")
    pairs = zip(images, MOTIONS, strict=True)
    expected = torch.stack([theirs(image, row) for image, row in pairs])
    torch.testing.assert_close(result, expected, atol=3e-5, rtol=0)


def test_turning_is_torchvisions_turning():
    images = pictures(3)
    degrees = [40.0, -75.0, 180.0]
    turning = replace(Motion.none(images), angle=-torch.tensor(degrees).deg2rad())
    pairs = zip(images, degrees, strict=True)
    expected = torch.stack([functional.rotate(image, d, BILINEAR) for image, d in pairs])
    torch.testing.assert_close(warped(images, turning, "black"), expected, atol=3e-5, rtol=0)


def test_another_fixed_point():
    images = pictures(2, (24, 32))
    leaning = replace(Motion.none(images), shear_x=torch.tensor([0.3, -0.2]).atan())
    corner = torch.tensor([[-16.0, -12.0]] * 2)
    expected = torch.stack(
        [
            functional.affine(
                image, 0.0, [0, 0], 1.0, [math.degrees(math.atan(t)), 0.0], BILINEAR, center=[0, 0]
            )
            for image, t in zip(images, [0.3, -0.2], strict=True)
        ]
    )
    result = warped(images, leaning, "black", corner)
    torch.testing.assert_close(result, expected, atol=3e-5, rtol=0)


def test_a_full_turn_and_no_motion_change_nothing():
    images = pictures(2, 17)
    torch.testing.assert_close(
        warped(images, Motion.none(images), "black"), images, atol=2e-5, rtol=0
    )
    full = replace(Motion.none(images), angle=torch.full((2,), math.tau))
    torch.testing.assert_close(warped(images, full, "edge"), images, atol=2e-4, rtol=0)


@pytest.mark.parametrize("surroundings", ["black", "mean", "mirror", "edge"])
def test_what_stands_around_the_picture(surroundings):
    images = pictures(3, 16)
    away = replace(Motion.none(images), right=torch.full((3,), 4.0))
    result = warped(images, away, surroundings)
    torch.testing.assert_close(result[..., 4:], images[..., :-4], atol=2e-5, rtol=0)
    left = result[..., :4]
    expected = {
        "black": torch.zeros_like(left),
        "mean": images.mean(dim=(2, 3), keepdim=True).expand_as(left),
        "mirror": images[..., :4].flip(-1),
        "edge": images[..., :1].expand_as(left),
    }
    torch.testing.assert_close(left, expected[surroundings], atol=2e-5, rtol=0)
