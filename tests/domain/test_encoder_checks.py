"""Which encoders a task can have, and what they refuse; every fix leads to a recipe that runs."""

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.presets import load_presets

LIMITED = "receptive-field-limited"
COLOURLESS = {"encoder": "two-streams", "data__channels": "gray"}


def preset(catalog, name: str, **changes):
    """Return a preset for images of 32 px; `changes` use __ for the dots of a path."""
    chosen = next(preset for preset in load_presets() if preset.id == name)
    recipe = chosen.recipe_for(catalog, DataSpec(), "cpu")
    for path, value in changes.items():
        recipe = with_value(recipe, path.replace("__", "."), value, catalog.kinds)
    return recipe


def mended(recipe, problem, catalog):
    for path, value in problem.fix.edits:
        recipe = with_value(recipe, path, value, catalog.kinds)
    return recipe


@pytest.mark.parametrize("name", ["cmc", "amdim", "cpc", "cpc-v2"])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("size", [16, 32, 96])
def test_the_presets_have_nothing_to_complain_about(catalog, name, device, size):
    chosen = next(preset for preset in load_presets() if preset.id == name)
    assert check(chosen.recipe_for(catalog, DataSpec(size=size), device)) == ()


@pytest.mark.parametrize(
    ("name", "changes", "path", "severity", "words"),
    [
        ("cmc", {"encoder": "convnet"}, "encoder", "error", "convnet is one network"),
        ("cmc", {"encoder__stream": "pca"}, "encoder.stream", "error", "without gradients"),
        ("cmc", {"encoder__stream": "two-streams"}, "encoder.stream", "error", "colour images"),
        ("amdim", {"encoder": "convnet"}, "encoder", "warning", "most of the image"),
        ("jigsaw", {"encoder": "receptive-field-limited"}, "encoder", "error", "pieces of 13 px"),
        ("cpc", {"encoder": "convnet"}, "encoder", "error", "convnet sees the image as a whole"),
        ("cpc", {"encoder": "receptive-field-limited"}, "encoder", "error", "as a whole"),
        ("cpc", {"encoder__network": LIMITED}, "encoder.network", "error", "cannot encode patches"),
        ("cpc", {"encoder__network": "polynomial"}, "encoder.network", "error", "gradients"),
        ("cpc", {"encoder__patch": 4}, "encoder.network", "error", "receives 4 px here"),
        ("cmc", {"data__channels": "gray"}, "data.channels", "error", "read in grey"),
        ("simclr", COLOURLESS, "data.channels", "error", "read in grey"),
    ],
)
def test_what_does_not_fit_is_said_with_a_fix(catalog, name, changes, path, severity, words):
    recipe = preset(catalog, name, **changes)
    (problem,) = check(recipe)
    assert (problem.path, problem.severity) == (path, severity)
    assert words in problem.text
    assert check(mended(recipe, problem, catalog)) == ()


def test_a_conversion_before_two_streams_is_taken_out(catalog):
    pipeline = [{"kind": "random-resized-crop"}, {"kind": "lightness"}, {"kind": "normalise"}]
    pipeline[-1]["statistics"] = "half"
    recipe = preset(catalog, "cmc", views__0__pipeline=pipeline)
    (problem,) = check(recipe)
    assert problem.path == "views.0.pipeline"
    assert "converts them by itself" in problem.text
    assert check(mended(recipe, problem, catalog)) == ()


def test_images_without_any_colour_are_refused(catalog):
    grey = DataFacts(train_images=9000, channels=3, is_grey=True)
    (problem,) = check(preset(catalog, "cmc"), grey)
    assert (problem.path, problem.severity) == ("data.source", "error")
    assert check(preset(catalog, "amdim"), grey) == ()


def test_an_encoder_for_whole_views_may_read_turned_ones(catalog):
    assert check(preset(catalog, "rotation", encoder="receptive-field-limited")) == ()
    assert check(preset(catalog, "simclr", encoder="receptive-field-limited")) == ()


def test_a_stream_of_a_kind_that_this_build_lacks_is_reported_once(catalog):
    recipe = preset(catalog, "cmc", encoder__stream={"kind": "of-tomorrow"})
    (problem,) = check(recipe)
    assert problem.path == "encoder.stream"


def test_the_fix_for_whole_images_keeps_the_network_and_its_settings(catalog):
    network = {"kind": "resnet", "depth": "18", "norm": "layer"}
    recipe = preset(catalog, "cpc", encoder=network)
    (problem,) = check(recipe)
    encoder = mended(recipe, problem, catalog).encoder
    assert encoder.kind == "patch-grid"
    assert (encoder.network.kind, encoder.network.norm) == ("resnet", "layer")


def test_two_streams_are_replaced_where_patches_are_asked_for(catalog):
    recipe = preset(catalog, "cpc", encoder="two-streams")
    (problem,) = check(recipe)
    assert mended(recipe, problem, catalog).encoder.network.kind == "convnet"
    assert check(mended(recipe, problem, catalog)) == ()


def test_patches_larger_than_what_an_objective_hands_over_are_refused(catalog):
    recipe = preset(catalog, "jigsaw", encoder={"kind": "patch-grid", "patch": 16})
    (problem,) = check(recipe)
    assert (problem.path, problem.severity) == ("encoder.patch", "error")
    assert "13 px" in problem.text
