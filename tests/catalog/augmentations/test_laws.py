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
BILINEAR = v2.InterpolationMode.BILINEAR


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


def turned_by_quarters(image: Tensor) -> Tensor:
    return image.rot90(int(torch.randint(4, ())), (1, 2))


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
    ("vertical-flip", {"probability": 0.3}, v2.RandomVerticalFlip(0.3)),
    ("quarter-turn", {"probability": 0.75}, turned_by_quarters),
    (
        "rotation",
        {"angle": 60.0, "probability": 0.8},
        v2.RandomApply([v2.RandomRotation(60.0, BILINEAR, fill=None)], p=0.8),
    ),
    (
        "affine",
        {"angle": 25.0, "translate": 0.2, "scale": (0.7, 1.3), "shear": 20.0},
        v2.RandomAffine(25.0, (0.2, 0.2), (0.7, 1.3), (-20, 20, -20, 20), BILINEAR, fill=None),
    ),
    ("crop", {"padding": 0.25}, v2.RandomCrop(16, padding=4)),
    ("crop", {"padding": 0.2, "fill": "mirror"}, v2.RandomCrop(16, 3, padding_mode="reflect")),
    (
        "erasing",
        {"scale": (0.05, 0.4), "aspect_ratio": (0.4, 2.0), "fill": "black", "probability": 0.7},
        v2.RandomErasing(0.7, (0.05, 0.4), (0.5, 2.5)),
    ),
    (
        "gaussian-noise",
        {"sigma": (0.15, 0.15), "probability": 0.6},
        v2.RandomApply([v2.GaussianNoise(0.0, 0.15)], p=0.6),
    ),
    ("posterize", {"bits": 2, "probability": 0.4}, v2.RandomPosterize(2, 0.4)),
    ("sharpness", {"factor": (4, 4), "probability": 0.4}, v2.RandomAdjustSharpness(4.0, 0.4)),
    ("invert", {"probability": 0.4}, v2.RandomInvert(0.4)),
    (
        "random-augment",
        {"operations": 2, "magnitude": 12.0},
        v2.RandAugment(2, 12, interpolation=BILINEAR),
    ),
    (
        "random-augment",
        {"operations": 4, "magnitude": 26.0},
        v2.RandAugment(4, 26, interpolation=BILINEAR),
    ),
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


def test_centre_crop_is_the_middle_resized():
    images = pictures(5, 32)
    result = augmentation("centre-crop", 20, side=0.75)(images, seeded())
    middle = v2.functional.center_crop(images, [24, 24])
    expected = v2.functional.resize(middle, [20, 20], antialias=True)
    torch.testing.assert_close(result, expected, atol=2e-5, rtol=0)
    exact = augmentation("centre-crop", 20, side=20 / 32)(images, seeded())
    expected = v2.functional.center_crop(images, [20, 20])
    torch.testing.assert_close(exact, expected, atol=1e-6, rtol=0)


def test_a_view_larger_than_the_image_is_padded_until_it_fits():
    images = pictures(4, 12)
    result = augmentation("crop", 20, padding=0.0)(images, seeded())
    torch.testing.assert_close(result[:, :, 4:16, 4:16], images)
    assert result[:, :, :4].abs().max() == 0


@pytest.mark.parametrize(
    ("kind", "fields", "size"),
    [
        ("cutout", {"side": 0.5, "fill": "black"}, 16),
        ("cutout", {"side": 0.25, "fill": "black"}, 8),
    ],
)
def test_cutout_centres_lie_anywhere_in_the_image(kind, fields, size):
    white = torch.ones(4 * COUNT, 1, 32, 32)
    holes = 1.0 - augmentation(kind, channels=1, **fields)(white, seeded())
    half = size // 2
    rows = torch.arange(32).view(-1, 1)
    centres = torch.arange(32)
    covers = ((rows >= centres - half) & (rows < centres + half)).float().mean(dim=1)
    expected = covers.view(-1, 1) * covers
    assert (holes.mean(dim=(0, 1)) - expected).abs().max() < 0.035  # 4.5 standard errors
    assert holes.amax(dim=(2, 3)).min() == 1.0


@pytest.mark.parametrize(("grid", "hidden", "count"), [(4, 0.5, 8), (7, 0.75, 37), (16, 0.1, 26)])
def test_patch_masks_hide_an_exact_number_of_patches_each_equally_often(grid, hidden, count):
    white = torch.ones(COUNT, 1, 4 * grid, 4 * grid)
    part = augmentation("patch-masks", channels=1, grid=grid, hidden=hidden, fill="black")
    masks = 1.0 - torch.nn.functional.avg_pool2d(part(white, seeded()), 4).flatten(1)
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    assert (masks.sum(dim=1) == count).all()
    assert (masks.mean(dim=0) - count / grid**2).abs().max() < 0.08  # 5 standard errors


@pytest.mark.parametrize("shape", ["block", "centre"])
def test_a_hidden_block_is_a_square_of_the_given_area(shape):
    white = torch.ones(400, 1, 32, 32)
    part = augmentation("patch-masks", channels=1, shape=shape, hidden=0.25, fill="black")
    masks = 1.0 - part(white, seeded())
    assert (masks.sum(dim=(1, 2, 3)) == 16 * 16).all()
    tops = masks.amax(dim=(1, 3)).argmax(dim=1)
    assert set(tops.tolist()) == ({8} if shape == "centre" else set(range(17)))


def test_every_channel_is_dropped_equally_often_and_the_rest_is_faint_noise():
    images = pictures(1).expand(COUNT, -1, -1, -1)
    views = augmentation("channel-drop", dropped=2)(images, seeded())
    kept = (views == images).flatten(2).all(dim=2)
    assert (kept.sum(dim=1) == 1).all()
    assert chisquare(kept.sum(dim=0)).pvalue > 1e-3
    lost = views[kept[:, 0]][:, 1:]
    levels = torch.tensor([0.5, 0.6]).view(1, 2, 1, 1)  # the training images' mean
    deviation = images[0, 0].std() * 0.01
    assert ((lost - levels).std() / deviation - 1).abs() < 0.02


def test_all_orders_of_tiles_are_equally_likely():
    tiles = torch.tensor([[0.0, 0.25], [0.5, 0.75]]).repeat_interleave(4, 0).repeat_interleave(4, 1)
    images = tiles.expand(4800, 1, 8, 8)
    views = augmentation("grid-shuffle", tiles=2, channels=1)(images, seeded())
    corners = views[:, 0, ::4, ::4].flatten(1)
    _, counts = torch.unique(corners, dim=0, return_counts=True)
    assert len(counts) == 24
    assert chisquare(counts).pvalue > 1e-3


def test_boxes_in_opposite_halves_never_overlap():
    images = pictures(300, 32)
    spec = {"scale": (0.3, 1.0), "aspect_ratio": (0.5, 2.0)}
    numbers = torch.rand(300, RandomResizedCrop.numbers, generator=seeded())
    boxes = {
        region: RandomResizedCrop(RandomResizedCropSpec(region=region, **spec), 16)
        .place(Placement.of(images), numbers)
        .boxes
        for region in ("left", "right", "upper", "lower")
    }
    assert (boxes["left"].left + boxes["left"].width).max() == 16
    assert boxes["right"].left.min() == 16
    assert (boxes["right"].left + boxes["right"].width).max() <= 32
    assert (boxes["upper"].top + boxes["upper"].height).max() == 16
    assert boxes["lower"].top.min() == 16
    assert boxes["left"].height.max() > 16
