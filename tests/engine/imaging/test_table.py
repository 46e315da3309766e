"""RandAugment's operations one by one against torchvision's, at three strengths and both sides."""

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import RandAugment

from sslstudio.engine.imaging.table import Choice, Draw, change_by_table
from tests.pictures import pictures

NAMES = {
    Choice.IDENTITY: "Identity",
    Choice.SHEAR_X: "ShearX",
    Choice.SHEAR_Y: "ShearY",
    Choice.SHIFT_X: "TranslateX",
    Choice.SHIFT_Y: "TranslateY",
    Choice.ROTATION: "Rotate",
    Choice.BRIGHTNESS: "Brightness",
    Choice.SATURATION: "Color",
    Choice.CONTRAST: "Contrast",
    Choice.SHARPNESS: "Sharpness",
    Choice.POSTERIZE: "Posterize",
    Choice.SOLARIZE: "Solarize",
    Choice.AUTOCONTRAST: "AutoContrast",
    Choice.EQUALIZE: "Equalize",
}
THEIRS = RandAugment(interpolation=InterpolationMode.BILINEAR)


def expected(image: torch.Tensor, choice: Choice, level: int, sign: float) -> torch.Tensor:
    name = NAMES[choice]
    strengths, signed = RandAugment._AUGMENTATION_SPACE[name]
    values = strengths(31, *image.shape[-2:])
    strength = 0.0 if values is None else float(values[level]) * (sign if signed else 1.0)
    return THEIRS._apply_image_or_video_transform(
        image,
        name,
        strength,
        interpolation=InterpolationMode.BILINEAR,
        fill=dict.fromkeys([torch.Tensor]),
    )


def test_the_table_has_torchvisions_operations():
    assert set(NAMES.values()) == set(RandAugment._AUGMENTATION_SPACE)
    assert len(Choice) == 14


@pytest.mark.parametrize("level", [0, 9, 23, 30])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_operation_is_torchvisions(level, sign, channels):
    images = pictures(len(Choice), 32, channels) * 0.8 + 0.1
    signs = torch.full((len(Choice),), sign)
    draw = Draw(torch.arange(len(Choice)), signs)
    result = change_by_table(images.clone(), draw, level / 30)
    for choice in Choice:
        wanted = expected(images[choice], choice, level, sign)
        difference = (result[choice] - wanted).abs().max()
        assert difference < 1e-4, choice


def test_images_of_one_batch_do_not_touch_each_other():
    images = pictures(20)
    generator = torch.Generator().manual_seed(0)
    choices = torch.randint(14, (20,), generator=generator)
    signs = torch.where(torch.rand(20, generator=generator) < 0.5, -1.0, 1.0)
    together = change_by_table(images.clone(), Draw(choices, signs), 0.5)
    for row in range(20):
        rows = slice(row, row + 1)
        alone = change_by_table(images[rows].clone(), Draw(choices[rows], signs[rows]), 0.5)
        torch.testing.assert_close(together[rows], alone, atol=1e-5, rtol=0)
