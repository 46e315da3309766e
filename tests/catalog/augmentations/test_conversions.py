"""Lightness, chroma and edges: what every image takes, augmented or not."""

import json

import pytest
import torch

from sslstudio.catalog.augmentations.normalise import NormaliseSpec
from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.exhibition import to_pictures
from sslstudio.engine.imaging.colour import luminance
from sslstudio.engine.imaging.lab import to_lab
from sslstudio.engine.observe import draw_batch
from sslstudio.engine.views import Pipeline
from sslstudio.services.encoders import from_model
from sslstudio.services.export import FORMATS, export_encoder
from tests.catalog.augmentations.building import ENTRIES, augmentation, context, seeded
from tests.pictures import as_bytes, pictures
from tests.services.export.photographs import encoder_for, write_photographs
from tests.support.runs import small_recipe, small_session

CONVERSIONS = [
    ({"kind": "lightness"}, 1),
    ({"kind": "chroma"}, 2),
    ({"kind": "sobel"}, 2),
    ({"kind": "sobel", "output": "strength", "source": "channels"}, 3),
]
HALF = {"kind": "normalise", "statistics": "half"}
FLIP = {"kind": "horizontal-flip"}


def pipeline(*parts: dict) -> Pipeline:
    specs = [ENTRIES[part["kind"]].spec.model_validate(part) for part in parts]
    return Pipeline.from_specs(specs, context())


def test_lightness_and_chroma_are_lab_scaled():
    images = pictures(4)
    lab = to_lab(images)
    torch.testing.assert_close(augmentation("lightness")(images, seeded()) * 100, lab[:, :1])
    colours = augmentation("chroma")(images, seeded())
    torch.testing.assert_close((colours - 0.5) * 220, lab[:, 1:], atol=2e-4, rtol=0)


def test_grey_pictures_have_no_chroma_and_keep_their_lightness():
    grey = pictures(3, channels=1)
    three = grey.expand(-1, 3, -1, -1)
    one = augmentation("lightness", channels=1)(grey, seeded())
    torch.testing.assert_close(one, augmentation("lightness")(three, seeded()))
    colours = augmentation("chroma")(three, seeded())
    torch.testing.assert_close(colours, torch.full_like(colours, 0.5), atol=1e-5, rtol=0)


def test_sobel_finds_the_edge_and_its_direction():
    images = torch.zeros(1, 3, 8, 8)
    images[..., 4:] = 1.0
    right, down = augmentation("sobel")(images, seeded()).unbind(1)
    torch.testing.assert_close(down, torch.full_like(down, 0.5))
    expected = torch.full((8,), 0.5)
    expected[3:5] = 1.0  # a rise from black to white over two pixels
    torch.testing.assert_close(right[0, 0], expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize("source", ["luminance", "channels"])
def test_sobel_is_the_filter_written_out(source):
    images = pictures(3, 12)
    grey = luminance(images) if source == "luminance" else images
    padded = torch.nn.functional.pad(grey, (1, 1, 1, 1), mode="replicate")
    kernel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 4.0
    kernels = torch.stack([kernel, kernel.T]).unsqueeze(1)
    slopes = torch.stack(
        [torch.nn.functional.conv2d(c.unsqueeze(1), kernels) for c in padded.unbind(1)], dim=2
    )
    flat = augmentation("sobel", source=source)(images, seeded())
    torch.testing.assert_close(flat, slopes.flatten(1, 2) * 0.5 + 0.5, atol=1e-5, rtol=0)
    strength = augmentation("sobel", source=source, output="strength")(images, seeded())
    expected = slopes.square().sum(dim=1).sqrt().clamp(max=1.0)
    torch.testing.assert_close(strength, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("part", "channels"), CONVERSIONS)
def test_images_without_augmentation_take_the_same_conversion(part, channels):
    images = as_bytes(pictures(5))
    made = pipeline(part, HALF)
    assert made.normalise is not None
    clean = made.normalise.apply(images)
    assert clean.shape[1] == channels
    assert torch.equal(clean, made(images, seeded()))
    shown = made.normalise.invert(clean)
    torch.testing.assert_close(shown, pipeline(part)(images, seeded()), atol=1e-6, rtol=0)
    bare = pipeline(FLIP, part).normalise
    assert bare is not None
    torch.testing.assert_close(bare.apply(images), shown, atol=1e-6, rtol=0)


def test_colour_statistics_do_not_fit_other_channels():
    with pytest.raises(RecipeError, match="not known") as refusal:
        pipeline({"kind": "lightness"}, {"kind": "normalise", "statistics": "dataset"})
    assert "half" in refusal.value.hint
    assert len(pipeline({"kind": "chroma"}, HALF).augmentations[1].mean.flatten()) == 2
    assert NormaliseSpec().statistics == "dataset"


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_any_number_of_channels_can_be_shown(channels):
    assert to_pictures(pictures(2, 8, channels)).shape == (2, 8, 8, 3)


def test_two_channels_are_shown_in_their_colours():
    red = torch.tensor([1.0, 0.2, 0.2]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    shown = to_pictures(augmentation("chroma")(red, seeded()))[0, 0, 0]
    assert shown[0] > shown[1] + 60
    assert shown[0] > shown[2] + 60


def converted(catalog, part, preset="simclr"):
    recipe = small_recipe(catalog, preset)
    crop = {"kind": "random-resized-crop"}
    return with_value(recipe, "views.0.pipeline", [crop, part, HALF], catalog.kinds)


@pytest.mark.parametrize(("part", "channels"), CONVERSIONS)
def test_a_run_trains_measures_and_shows_on_converted_images(catalog, part, channels):
    session = small_session(catalog, converted(catalog, part))
    rows = torch.arange(8)
    batch = draw_batch(session.parts, session.plan, rows, rows, seeded())
    assert batch.views[0].shape[1] == channels
    assert batch.images.shape[1] == 3
    session.prepare()
    assert session.advance()["loss"].isfinite()
    assert session.observer.measure(1, with_bank=True)
    arrays = session.observer.pictures().arrays
    assert arrays["view_a"].shape[-1] == 3


@pytest.mark.parametrize(
    "preset", ["npid", "deepcluster", "deepcluster-v2", "local-aggregation", "pcl", "sela", "pca"]
)
def test_other_objectives_take_them_as_well(catalog, preset):
    session = small_session(catalog, converted(catalog, {"kind": "chroma"}, preset))
    session.prepare()
    assert all(term.isfinite() for term in session.advance().values())


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(("part", "channels"), [CONVERSIONS[1], CONVERSIONS[2]])
def test_the_conversion_leaves_with_the_encoder(
    catalog, tmp_path, monkeypatch, file_format, part, channels
):
    from tests.services.export import photographs

    def recipe(made, _preset, **changes):
        made = converted(made, part)
        return with_value(made, "encoder", changes["encoder"], catalog.kinds)

    monkeypatch.setattr(photographs, "small_recipe", recipe)
    files = write_photographs(tmp_path / "few", 6)
    encoder = {"kind": "convnet", "width": 8, "stages": 2}
    trained, images = encoder_for(files, catalog, tmp_path / "cache", encoder)
    assert trained.kept.encoder.stem[0].in_channels == channels
    report = export_encoder(trained, images, file_format, tmp_path / "out")
    assert report.largest_difference <= 1e-4
    assert json.loads((tmp_path / "out" / "card.json").read_text())["dim"] == report.dim
    if file_format == "safetensors":
        again = from_model(tmp_path / "out", catalog, "cpu")
        mine, theirs = trained.embed(images.images), again.embed(images.images)
        assert abs(mine - theirs).max() < 1e-5


def test_what_paints_images_refuses_them_with_a_way_out(catalog):
    recipe = converted(catalog, {"kind": "lightness"}, "denoising-autoencoder")
    problem = next(p for p in check(recipe) if p.severity == "error")
    assert problem.path == "views.0.pipeline.1"
    assert "lightness" in problem.text
    path, value = problem.fix.edits[0]
    fixed = with_value(recipe, path, value, catalog.kinds)
    assert not [p for p in check(fixed) if p.severity == "error"]
