import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

import sslstudio.engine.views as views_module
from sslstudio.catalog import augmentations
from sslstudio.catalog.entry import collect
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.parts import BuildContext
from sslstudio.engine.views import Normalise, Pipeline
from tests.pictures import as_bytes, pictures

SIMCLR = (
    "random-resized-crop",
    "horizontal-flip",
    "color-jitter",
    "grayscale",
    "gaussian-blur",
    "normalise",
)
ENTRIES = collect(augmentations)


class LaterSpec(AugmentationSpec):
    kind: str = "later"
    after_normalise = True


class Shift:
    """An augmentation that is none of ours: it draws for itself."""

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        return images + torch.rand(len(images), 1, 1, 1, generator=generator) * 0.1


def build(spec, context):
    return Shift() if spec.kind == "later" else ENTRIES[spec.kind].build(spec, context)


def context(view_size=24, channels=3) -> BuildContext:
    return BuildContext(
        channels=channels,
        size=32,
        view_size=view_size,
        views=2,
        train_images=100,
        batch_size=8,
        channel_mean=(0.4, 0.5, 0.6)[:channels],
        channel_std=(0.2, 0.25, 0.3)[:channels],
        builder=build,
    )


def pipeline(*kinds: str, **fields) -> Pipeline:
    specs = [LaterSpec() if kind == "later" else ENTRIES[kind].spec() for kind in kinds]
    return Pipeline.from_specs(specs, context(**fields))


def seeded(seed=0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    "kinds",
    [
        SIMCLR,
        ("horizontal-flip", "random-resized-crop", "solarize", "normalise"),
        ("color-jitter", "random-resized-crop", "horizontal-flip", "grayscale"),
        ("random-resized-crop", "random-resized-crop", "horizontal-flip"),
        ("random-resized-crop", "horizontal-flip", "normalise", "later"),
        ("later", "random-resized-crop", "horizontal-flip", "color-jitter"),
        ("normalise",),
    ],
)
@pytest.mark.parametrize("kind_of_images", ["bytes", "floats"])
def test_the_steps_end_where_a_call_ends(kinds, kind_of_images):
    images = pictures(12) if kind_of_images == "floats" else as_bytes(pictures(12))
    before = images.clone()
    made = pipeline(*kinds)
    called = made(images, seeded(4))
    steps = made.steps(images, seeded(4))
    assert [name for name, _ in steps] == list(kinds)
    torch.testing.assert_close(steps[-1][1], called, atol=1e-5, rtol=0)
    assert torch.equal(images, before)


def test_each_step_shows_the_work_of_one_operation():
    images = pictures(16)
    steps = dict(pipeline(*SIMCLR).steps(images, seeded()))
    assert steps["random-resized-crop"].shape == (16, 3, 24, 24)
    crop, flip = steps["random-resized-crop"], steps["horizontal-flip"]
    mirrored = (crop.flip(3) == flip).flatten(1).all(1)
    assert 0 < mirrored.sum() < 16
    assert torch.equal(flip[~mirrored], crop[~mirrored])
    grey = (steps["grayscale"].std(dim=1).amax(dim=(1, 2)) < 1e-6).sum()
    assert grey > (steps["color-jitter"].std(dim=1).amax(dim=(1, 2)) < 1e-6).sum()
    normalised = pipeline(*SIMCLR).normalise
    assert normalised is not None
    torch.testing.assert_close(steps["normalise"], normalised.apply(steps["gaussian-blur"]))


def test_the_result_does_not_depend_on_the_pieces(monkeypatch):
    images = pictures(13)
    whole = pipeline(*SIMCLR)(images, seeded())
    monkeypatch.setattr(views_module, "CHUNK", 5 * images[0].numel())
    torch.testing.assert_close(pipeline(*SIMCLR)(images, seeded()), whole, atol=1e-5, rtol=0)


def test_bytes_and_floats_give_the_same_views():
    stored = as_bytes(pictures(8))
    made = pipeline(*SIMCLR)
    torch.testing.assert_close(
        made(stored, seeded()), made(stored / 255, seeded()), atol=1e-5, rtol=0
    )


def test_same_seed_same_views_and_another_call_gives_others():
    images = pictures(4)
    made = pipeline(*SIMCLR)
    generator = seeded()
    first, second = made(images, generator), made(images, generator)
    assert torch.equal(first, made(images, seeded()))
    assert (first != second).flatten(1).any(dim=1).all()


@pytest.mark.parametrize("kinds", [(), SIMCLR])
def test_images_without_operations_come_back_as_floats_of_their_own(kinds):
    for images in (as_bytes(pictures(2)), pictures(2)):
        result = pipeline(*kinds)(images, seeded())
        assert result.dtype == torch.float32
        assert result.data_ptr() != images.data_ptr()
    assert pipeline()(as_bytes(pictures(2)), seeded()).max() == 1.0


def test_mixed_precision_around_a_pipeline_does_not_touch_it():
    images = pictures(4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = pipeline(*SIMCLR)(images, seeded())
    assert inside.dtype == torch.float32
    assert torch.equal(inside, pipeline(*SIMCLR)(images, seeded()))


def test_a_pipeline_keeps_no_graph():
    assert not pipeline(*SIMCLR)(pictures(2).requires_grad_(), seeded()).requires_grad


def test_the_normalisation_is_found():
    assert isinstance(pipeline(*SIMCLR).normalise, Normalise)
    assert pipeline("horizontal-flip").normalise is None


@pytest.mark.parametrize("late", ["color-jitter", "solarize", "normalise", "horizontal-flip"])
def test_what_needs_plain_values_is_refused_after_normalisation(late):
    with pytest.raises(RecipeError, match=late) as refusal:
        pipeline("random-resized-crop", "normalise", late)
    assert "end of the pipeline" in refusal.value.hint


def test_normalising_and_inverting_give_the_images_again():
    normalise = Normalise((0.1, 0.5, 0.9), (0.2, 0.3, 0.4))
    images = pictures(3)
    normalised = normalise.apply(images)
    expected = (images[:, 2] - 0.9) / 0.4
    torch.testing.assert_close(normalised[:, 2], expected)
    torch.testing.assert_close(normalise(images, seeded()), normalised)
    torch.testing.assert_close(normalise.invert(normalised), images)
    torch.testing.assert_close(normalise.apply(as_bytes(images)), normalised, atol=0.02, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_everything_stays_on_the_images_device(channels, dtype):
    generator = seeded()
    kinds = (*SIMCLR[:-1], "solarize", "normalise")
    with FakeTensorMode():
        images = torch.empty(6, channels, 32, 32, device="cuda", dtype=dtype)
        made = pipeline(*kinds, channels=channels)
        assert made(images, generator).device.type == "cuda"
        for _, shown in made.steps(images, generator):
            assert shown.device.type == "cuda"


@pytest.mark.parametrize("first", ["color-jitter", "grayscale", "gaussian-blur", "solarize"])
def test_an_operation_on_every_image_leaves_the_next_one_memory_to_write_into(first):
    specs = [ENTRIES[first].spec(probability=1.0), ENTRIES["color-jitter"].spec(probability=1.0)]
    specs.append(ENTRIES["normalise"].spec())
    for channels in (1, 3):
        made = Pipeline.from_specs(specs, context(channels=channels))
        assert made(pictures(5, channels=channels), seeded()).isfinite().all()


@pytest.mark.parametrize("count", [0, 1])
def test_tiny_batches(count):
    assert pipeline(*SIMCLR)(pictures(2)[:count], seeded()).shape == (count, 3, 24, 24)
