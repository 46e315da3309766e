"""What all augmentations have in common; a new file is tested on arrival."""

import itertools
from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError
from torch._subclasses import FakeTensorMode

from sslstudio.domain.fields import FieldSchema, schema_of
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import Augmentation
from tests.catalog.augmentations.building import ENTRIES, augmentation, seeded
from tests.pictures import pictures

ALL = tuple(sorted(ENTRIES))
PLAIN = tuple(kind for kind in ALL if not ENTRIES[kind].spec.converts and kind != "normalise")
CHANCY = tuple(kind for kind in PLAIN if "probability" in ENTRIES[kind].spec.model_fields)
FIELDS = [(kind, field) for kind in ALL for field in schema_of(ENTRIES[kind].spec)]
# Turns and the operations on grey images that leave some of them as they are.
UNCHANGED_GREY = {"channel-drop", "grayscale"}


def dim(count: int, size: int = 32, channels: int = 3) -> torch.Tensor:
    """Return pictures that reach neither black nor white."""
    return pictures(count, size, channels) * 0.6 + 0.2


def others(field: FieldSchema) -> list[Any]:
    """Return values far from a field's default."""
    if field.type is bool:
        return [not field.default]
    if field.choices:
        return [choice for choice in field.choices if choice != field.default]
    assert field.range is not None, field.name
    ends = [
        get_args(field.type)[0](end) if field.is_pair else field.type(end) for end in limits(field)
    ]
    return [(end, end) if field.is_pair else end for end in ends]


def limits(field: FieldSchema) -> tuple[float, float]:
    return field.range.low, field.range.high


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=lambda value: getattr(value, "name", value))
def test_every_field_changes_what_it_says(kind, field):
    images = dim(32)
    plain = augmentation(kind)(images, seeded())
    results = [
        augmentation(kind, **{field.name: value})(images, seeded()) for value in others(field)
    ]
    moved = [plain.shape != r.shape or (plain - r).abs().mean() > 1e-3 for r in results]
    # Each choice is another thing to do; of two ends, one may be where the default stands.
    assert all(moved) if field.choices else any(moved)


@pytest.mark.parametrize("kind", ALL)
def test_no_setting_changes_how_many_numbers_an_image_needs(kind):
    wanted = augmentation(kind).numbers
    for field in schema_of(ENTRIES[kind].spec):
        for value in others(field):
            assert augmentation(kind, **{field.name: value}).numbers == wanted


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("random-resized-crop", {"scale": (0.9, 0.2)}),
        ("random-resized-crop", {"scale": (0.0, 0.2)}),
        ("random-resized-crop", {"aspect_ratio": (0.5, 20.0)}),
        ("random-resized-crop", {"region": "middle"}),
        ("gaussian-blur", {"sigma": (2.0, 0.1)}),
        ("color-jitter", {"hue": 0.6}),
        ("color-jitter", {"probability": 1.2}),
        ("solarize", {"threshold": -0.1}),
        ("normalise", {"statistics": "mine"}),
        ("posterize", {"bits": 8}),
        ("random-augment", {"magnitude": 31.0}),
        ("erasing", {"fill": "green"}),
    ],
)
def test_values_out_of_range_are_refused(kind, fields):
    with pytest.raises(ValidationError):
        ENTRIES[kind].spec.model_validate(fields)


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind != "normalise"])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize(("count", "size"), [(1, 32), (9, 8), (9, 32)])
def test_images_keep_their_range_and_get_the_channels_that_the_spec_promises(
    kind, channels, count, size
):
    images = pictures(count, size, channels)
    before = images.clone()
    wanted = ENTRIES[kind].spec().channels_after(channels)
    for seed in range(3):
        result = augmentation(kind, size, channels)(images, seeded(seed))
        assert result.shape == (count, wanted, size, size)
        assert result.dtype == torch.float32
        assert result.isfinite().all()
        assert result.min() >= 0
        assert result.max() <= 1
    assert torch.equal(images, before)


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind != "normalise"])
@pytest.mark.parametrize("size", [(8, 13), (40, 24)])
def test_images_need_not_be_square(kind, size):
    images = pictures(6, size)
    result = augmentation(kind, 16)(images, seeded())
    expected = (16, 16) if ENTRIES[kind].spec.sets_size else size
    assert result.shape[-2:] == expected
    assert result.isfinite().all()


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_flat_images_give_numbers(kind, level):
    result = augmentation(kind)(torch.full((16, 3, 32, 32), level), seeded())
    assert result.isfinite().all()
    assert result.min() >= 0
    assert result.max() <= 1


def changed(kind: str, probability: float, channels: int = 3) -> torch.Tensor:
    images = dim(300, 32 if kind == "equalize" else 12, channels)
    part = augmentation(kind, images.shape[-1], channels, probability=probability)
    return (part(images, seeded(2)) - images).abs().amax(dim=(1, 2, 3)) > 1e-5


@pytest.mark.parametrize("kind", CHANCY)
def test_probability_is_the_share_of_images_that_change(kind):
    assert not changed(kind, 0.0).any()
    certain = changed(kind, 1.0).float().mean()
    assert certain > 0.9  # a crop may be the whole image, a blur may be too narrow to see
    share = changed(kind, 0.4).float().mean() / certain
    assert abs(share - 0.4) < 0.1  # 3.5 standard deviations of 300 draws


@pytest.mark.parametrize("kind", CHANCY)
def test_grey_images_change_too_unless_only_their_colours_would(kind):
    assert bool(changed(kind, 1.0, channels=1).any()) is (kind not in UNCHANGED_GREY)


@pytest.mark.parametrize("kind", CHANCY)
def test_same_seed_same_images_and_the_next_call_gives_others(kind):
    images = dim(64)
    part = augmentation(kind, probability=0.5)
    generator = seeded(1)
    first, second = part(images, generator), part(images, generator)
    assert torch.equal(first, part(images, seeded(1)))
    assert not torch.equal(first, second)


def distinct(part: Augmentation) -> int:
    images = dim(1).expand(64, -1, -1, -1)
    rows = part(images, seeded()).flatten(1)
    return len(torch.unique((rows * 1e4).round(), dim=0))


# How many pictures 64 draws make of one, at least, where a draw has more than two outcomes.
OUTCOMES = {
    "adjacent-crop": 55,
    "affine": 64,
    "channel-drop": 60,
    "color-jitter": 64,
    "crop": 35,
    "cutout": 55,
    "erasing": 64,
    "gamma": 60,
    "gaussian-blur": 40,
    "gaussian-noise": 64,
    "grid-shuffle": 64,
    "patch-masks": 60,
    "pixelate": 40,
    "quarter-turn": 3,
    "random-augment": 40,
    "random-resized-crop": 55,
    "rotation": 64,
    "sharpness": 60,
}


@pytest.mark.parametrize("kind", [kind for kind in PLAIN if augmentation(kind).numbers])
def test_every_image_draws_for_itself(kind):
    if kind in OUTCOMES:
        certain = {"probability": 1.0} if kind in CHANCY else {}
        assert distinct(augmentation(kind, **certain)) >= OUTCOMES[kind]
    else:
        assert distinct(augmentation(kind, probability=0.5)) == 2


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_is_left_on_another_device(kind, channels):
    generator = seeded()
    kinds = [{}]
    fields = {field.name: others(field) for field in schema_of(ENTRIES[kind].spec) if field.choices}
    kinds += [{name: value} for name, values in fields.items() for value in values]
    with FakeTensorMode():
        images = torch.empty(4, channels, 32, 32, device="cuda")
        for settings in kinds:
            result = augmentation(kind, channels=channels, **settings)(images, generator)
            assert result.device.type == "cuda"


@pytest.mark.parametrize("kind", PLAIN)
def test_on_every_image_or_on_the_chosen_ones_only_the_work_is_the_same(kind, monkeypatch):
    """On a GPU all images are worked on and some results dropped."""
    images = dim(12)
    part = augmentation(kind, **({"probability": 0.5} if kind in CHANCY else {}))
    assert isinstance(part, Operation)
    rows = part(images, seeded())
    from sslstudio.engine.imaging import chosen

    monkeypatch.setattr(chosen, "change_rows", chosen.change_masked)
    torch.testing.assert_close(part(images, seeded()), rows, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ALL)
def test_specs_survive_json(kind):
    spec = ENTRIES[kind].spec()
    assert isinstance(spec, AugmentationSpec)
    assert ENTRIES[kind].spec.model_validate_json(spec.model_dump_json()) == spec


SLIDERS = [
    ("adjacent-crop", {}, "scale", ((0.3, 0.4), (0.1, 0.2), (0.02, 0.05))),
    ("affine", {"scale": (1.0, 1.0), "shear": 0.0}, "translate", (0.0, 0.05, 0.15, 0.4)),
    ("affine", {"scale": (1.0, 1.0), "translate": 0.0}, "shear", (0.0, 8.0, 20.0, 50.0)),
    ("affine", {"shear": 0.0, "translate": 0.0}, "scale", ((1.0, 1.0), (0.8, 1.2), (0.4, 3.0))),
    ("affine", {}, "angle", (0.0, 30.0, 120.0)),
    ("centre-crop", {}, "side", (1.0, 0.8, 0.5, 0.2)),
    ("channel-drop", {}, "dropped", (1, 2)),
    ("color-jitter", {"probability": 1.0}, "brightness", (0.0, 0.5, 1.0)),
    ("color-jitter", {"probability": 1.0}, "contrast", (0.0, 0.5, 1.0)),
    ("color-jitter", {"probability": 1.0}, "saturation", (0.0, 0.8, 2.0)),
    ("color-jitter", {"probability": 1.0}, "hue", (0.0, 0.2, 0.5)),
    ("crop", {}, "padding", (0.0, 0.05, 0.15, 0.4)),
    ("cutout", {}, "side", (0.1, 0.3, 0.6, 1.0)),
    ("cutout", {"side": 0.2}, "holes", (1, 3, 8)),
    ("erasing", {"probability": 1.0}, "scale", ((0.05, 0.05), (0.2, 0.2), (0.5, 0.5))),
    ("gamma", {"probability": 1.0}, "gamma", ((1.0, 1.0), (1.0, 2.0), (3.0, 4.0))),
    ("gaussian-blur", {"kernel": 0.5, "probability": 1.0}, "sigma", ((0.1, 0.1), (1, 1), (5, 5))),
    ("gaussian-blur", {"sigma": (5, 5), "probability": 1.0}, "kernel", (0.1, 0.2, 0.5)),
    ("gaussian-noise", {"probability": 1.0}, "sigma", ((0.0, 0.0), (0.02, 0.1), (0.2, 0.5))),
    ("patch-masks", {}, "hidden", (0.0, 0.25, 0.6, 0.95)),
    ("patch-masks", {"shape": "block"}, "hidden", (0.0, 0.25, 0.6, 0.95)),
    ("pixelate", {"probability": 1.0}, "block", ((1.0, 1.0), (2.0, 6.0), (10.0, 40.0))),
    ("posterize", {"probability": 1.0}, "bits", (7, 5, 3, 1)),
    ("random-augment", {}, "magnitude", (0.0, 10.0, 20.0, 30.0)),
    ("random-augment", {}, "operations", (1, 2, 4)),
    ("random-resized-crop", {}, "scale", ((1.0, 1.0), (0.5, 1.0), (0.05, 0.2))),
    ("rotation", {}, "angle", (0.0, 10.0, 30.0, 90.0)),
    ("sharpness", {"probability": 1.0}, "factor", ((1.0, 1.0), (1.0, 3.0), (6.0, 8.0))),
    ("solarize", {"probability": 1.0}, "threshold", (1.0, 0.7, 0.3)),
]


@pytest.mark.parametrize(("kind", "fixed", "slider", "values"), SLIDERS)
def test_a_slider_moves_views_further_from_the_image_the_further_it_goes(
    kind, fixed, slider, values
):
    images = dim(200, 24)
    distances = []
    for value in values:
        views = augmentation(kind, 24, **fixed, **{slider: value})(images, seeded())
        distances.append(float((views - images).abs().mean()))
    assert distances == sorted(distances)
    assert min(b - a for a, b in itertools.pairwise(distances)) > 5e-4


@pytest.mark.parametrize(
    ("kind", "slider", "values"),
    [("grid-shuffle", "tiles", (2, 4, 8)), ("patch-masks", "grid", (2, 4, 8))],
)
def test_finer_grids_make_more_edges(kind, slider, values):
    images = dim(200, 24)
    edges = []
    for value in values:
        views = augmentation(kind, 24, **{slider: value})(images, seeded())
        edges.append(float((views[..., 1:] - views[..., :-1]).abs().mean()))
    assert edges == sorted(edges)
