"""What all seven batched augmentations have in common."""

import pytest
import torch
from pydantic import ValidationError
from torch._subclasses import FakeTensorMode

from sslstudio.domain.fields import schema_of
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.parts import Augmentation
from tests.catalog.augmentations.building import ENTRIES, augmentation, seeded
from tests.pictures import pictures

RANDOM = (
    "random-resized-crop",
    "horizontal-flip",
    "color-jitter",
    "grayscale",
    "gaussian-blur",
    "solarize",
)
ALL = (*RANDOM, "normalise")
# A second value for every field; each must show in the images or in how many of them change.
OTHER = {
    "random-resized-crop": {"scale": (0.05, 0.1), "aspect_ratio": (3.0, 4.0), "probability": 0.0},
    "horizontal-flip": {"probability": 1.0},
    "color-jitter": {
        "brightness": 0.0,
        "contrast": 0.0,
        "saturation": 0.0,
        "hue": 0.0,
        "probability": 0.1,
    },
    "grayscale": {"probability": 0.9},
    "gaussian-blur": {"sigma": (5.0, 6.0), "kernel": 0.4, "probability": 0.0},
    "solarize": {"threshold": 0.9, "probability": 1.0},
    "normalise": {"statistics": "half"},
}


@pytest.mark.parametrize("kind", ALL)
def test_every_field_has_words_and_another_value_here(kind):
    schema = schema_of(ENTRIES[kind].spec)
    assert {field.name for field in schema} == set(OTHER[kind])
    for field in schema:
        assert field.ui.label
        assert len(field.ui.help) > 10
        assert field.range is not None or field.choices


@pytest.mark.parametrize(("kind", "field"), [(k, f) for k, fields in OTHER.items() for f in fields])
def test_every_field_changes_what_it_says(kind, field):
    images = pictures(32)
    plain = augmentation(kind)(images, seeded())
    other = augmentation(kind, **{field: OTHER[kind][field]})(images, seeded())
    assert (plain - other).abs().max() > 0.01


@pytest.mark.parametrize("kind", ALL)
def test_specs_survive_json(kind):
    spec = ENTRIES[kind].spec.model_validate(OTHER[kind])
    assert isinstance(spec, AugmentationSpec)
    assert ENTRIES[kind].spec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("random-resized-crop", {"scale": (0.9, 0.2)}),
        ("random-resized-crop", {"scale": (0.0, 0.2)}),
        ("random-resized-crop", {"aspect_ratio": (0.5, 20.0)}),
        ("gaussian-blur", {"sigma": (2.0, 0.1)}),
        ("color-jitter", {"hue": 0.6}),
        ("color-jitter", {"probability": 1.2}),
        ("solarize", {"threshold": -0.1}),
        ("normalise", {"statistics": "mine"}),
    ],
)
def test_values_out_of_range_are_refused(kind, fields):
    with pytest.raises(ValidationError):
        ENTRIES[kind].spec.model_validate(fields)


@pytest.mark.parametrize("kind", RANDOM)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("size", [8, 32])
def test_images_keep_their_kind_and_range(kind, channels, count, size):
    images = pictures(count, size, channels)
    before = images.clone()
    for seed in range(5):
        result = augmentation(kind, size, channels)(images, seeded(seed))
        assert result.shape == images.shape
        assert result.dtype == torch.float32
        assert result.isfinite().all()
        assert result.min() >= 0
        assert result.max() <= 1
    assert torch.equal(images, before)


@pytest.mark.parametrize("kind", RANDOM)
@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_flat_images_give_numbers(kind, level):
    result = augmentation(kind)(torch.full((16, 3, 32, 32), level), seeded())
    assert result.isfinite().all()
    assert result.min() >= 0
    assert result.max() <= 1


def changed(kind: str, probability: float) -> torch.Tensor:
    images = pictures(400, 8)
    result = augmentation(kind, 8, probability=probability)(images, seeded(2))
    return (result - images).abs().amax(dim=(1, 2, 3)) > 1e-6


@pytest.mark.parametrize("kind", RANDOM)
def test_probability_is_the_share_of_images_that_change(kind):
    assert not changed(kind, 0.0).any()
    certain = changed(kind, 1.0).float().mean()
    assert certain > 0.9  # a crop may be the whole image, a blur may be too narrow to see
    share = changed(kind, 0.4).float().mean() / certain
    assert abs(share - 0.4) < 0.08  # 3 standard deviations of 400 draws


@pytest.mark.parametrize("kind", RANDOM)
def test_same_seed_same_images_and_the_next_call_gives_others(kind):
    images = pictures(64)
    part = augmentation(kind)
    generator = seeded(1)
    first, second = part(images, generator), part(images, generator)
    assert torch.equal(first, part(images, seeded(1)))
    assert not torch.equal(first, second)


def distinct(part: Augmentation) -> int:
    images = pictures(1).expand(64, -1, -1, -1)
    rows = part(images, seeded()).flatten(1)
    return len(torch.unique((rows * 1e4).round(), dim=0))


def test_every_image_draws_for_itself():
    assert distinct(augmentation("random-resized-crop")) > 55
    assert distinct(augmentation("color-jitter", probability=1.0)) == 64
    assert distinct(augmentation("gaussian-blur", probability=1.0)) > 40
    for kind in ("horizontal-flip", "grayscale", "solarize"):
        assert distinct(augmentation(kind)) == 2


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_is_left_on_another_device(kind, channels):
    generator = seeded()
    with FakeTensorMode():
        images = torch.empty(4, channels, 32, 32, device="cuda")
        result = augmentation(kind, channels=channels)(images, generator)
        assert result.device.type == "cuda"
