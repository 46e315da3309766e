import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.presets import load_presets
from tests.support.runs import small_recipe


def preset(catalog, name: str, **changes):
    """Return a preset for images of 32 px; `changes` use __ for the dots of a path."""
    chosen = next(preset for preset in load_presets() if preset.id == name)
    recipe = chosen.recipe_for(catalog, DataSpec(), "cpu")
    for path, value in changes.items():
        recipe = with_value(recipe, path.replace("__", "."), value, catalog.kinds)
    return recipe


def complaints(recipe, **facts) -> dict[str, str]:
    known = DataFacts(train_images=9000, channels=3, **facts)
    return {p.path: p.text for p in check(recipe, known) if p.severity == "error"}


def test_neighbouring_frames_need_sequences(catalog):
    recipe = small_recipe(catalog, views__0__frames=2)
    assert complaints(recipe) == {}
    assert complaints(recipe, in_sequences=50) == {}
    assert "walk-0001.png" in complaints(recipe, in_sequences=0)["views.0.frames"]
    assert complaints(small_recipe(catalog), in_sequences=0) == {}
    problem = check(recipe, DataFacts(train_images=100, channels=3, in_sequences=0))[0]
    assert problem.fix.edits == (("views.0.frames", 0),)


def test_labels_are_needed_only_where_they_are_learned_from(catalog):
    assert "labels" in complaints(preset(catalog, "supervised"), labelled=0)["objective"]
    assert complaints(preset(catalog, "supervised"), labelled=10) == {}
    assert complaints(preset(catalog, "supervised")) == {}
    assert complaints(preset(catalog, "jigsaw"), labelled=0) == {}


def test_colours_are_needed_only_where_they_are_asked_for(catalog):
    recipe = preset(catalog, "colorization")
    assert complaints(recipe) == {}
    assert "all grey" in complaints(recipe, is_grey=True)["data.source"]
    assert complaints(preset(catalog, "jigsaw"), is_grey=True) == {}
    grey = preset(catalog, "colorization", data__channels="gray")
    assert "read in grey" in complaints(grey)["data.channels"]


def test_views_that_play_different_parts_have_their_own_channels(catalog):
    recipe = preset(catalog, "colorization")
    same = preset(catalog, "colorization", views__1__pipeline=[{"kind": "horizontal-flip"}])
    assert "1 and 2 channels and gets 1 and 3" in complaints(same)["views"]
    twice = preset(catalog, "colorization", views__0__copies=2)
    assert "gets 1 and 1 and 2" in complaints(twice)["views"]
    normalised = [*recipe.views[1].pipeline, recipe.views[0].pipeline[-1]]
    spoilt = with_value(recipe, "views.1.pipeline", tuple(normalised), catalog.kinds)
    assert "must not be normalised" in complaints(spoilt)["views.1.pipeline"]


@pytest.mark.parametrize(("name", "least"), [("jigsaw", 20), ("relative-patch", 20)])
def test_pieces_may_not_be_smaller_than_what_the_encoder_needs(catalog, name, least):
    assert complaints(preset(catalog, name)) == {}
    assert complaints(preset(catalog, name, views__0__size=least)) == {}
    found = complaints(preset(catalog, name, views__0__size=16))
    assert "pieces of" in found["views.0.size"]
