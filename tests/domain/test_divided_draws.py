"""Neighbouring crops are told apart from crops that only look like them."""

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from tests.support.runs import small_recipe

FIRST = {"kind": "adjacent-crop", "scale": [0.1, 0.2]}
SECOND = {**FIRST, "part": "second"}
CROP = {"kind": "random-resized-crop"}
HALF = {"kind": "normalise", "statistics": "half"}
SHARED = ["adjacent-crop"]


def view(part, shares=(), copies=1):
    return {"copies": copies, "shares": list(shares), "pipeline": [part, HALF]}


@pytest.fixture
def recipe_of(catalog):
    def make(*views):
        return with_value(small_recipe(catalog), "views", list(views), catalog.kinds)

    return make


def found(recipe):
    return [p for p in check(recipe) if p.path.startswith("views")]


def test_two_views_that_divide_one_draw_are_as_they_should_be(recipe_of):
    assert found(recipe_of(view(FIRST), view(SECOND, SHARED))) == []
    assert found(recipe_of(view(SECOND), view(FIRST, SHARED, copies=2))) == []


@pytest.mark.parametrize(
    ("views", "where", "words"),
    [
        ([view(FIRST, copies=2)], "views.0.pipeline.0", "No view shows the other part"),
        ([view(FIRST, copies=2), view(SECOND, SHARED)], "views.0.pipeline.0", "Of 2 views"),
        ([view(FIRST), view(SECOND)], "views.1.pipeline.0", "draws anew"),
        ([view(FIRST), view(FIRST)], "views.1.pipeline.0", "draws anew"),
        ([view(SECOND), view(SECOND, SHARED)], "views.1.pipeline.0", "the same part"),
    ],
)
def test_views_that_are_no_neighbours_are_doubtful_and_the_fix_makes_them(
    recipe_of, catalog, views, where, words
):
    recipe = recipe_of(*views)
    (problem,) = found(recipe)
    assert (problem.path, problem.severity) == (where, "warning")
    assert words in problem.text
    for path, value in problem.fix.edits:
        recipe = with_value(recipe, path, value, catalog.kinds)
    assert found(recipe) == []
    assert recipe.view_count() == 2
    one, other = (made.pipeline[0].part for made in recipe.views)
    assert one != other


@pytest.mark.parametrize(
    ("views", "where"),
    [
        ([view(FIRST), view(CROP)], "views.0.pipeline.0"),
        ([view(CROP), view(FIRST)], "views.1.pipeline.0"),
    ],
)
def test_an_adjacent_crop_alone_is_doubtful(recipe_of, views, where):
    (problem,) = found(recipe_of(*views))
    assert (problem.path, problem.severity, problem.fix) == (where, "warning", None)


def test_other_settings_of_a_shared_draw_are_doubtful_and_the_fix_keeps_the_parts(
    recipe_of, catalog
):
    recipe = recipe_of(view(FIRST), view({**SECOND, "gap": 0.5}, SHARED))
    (problem,) = found(recipe)
    assert problem.path == "views.1.shares"
    for path, value in problem.fix.edits:
        recipe = with_value(recipe, path, value, catalog.kinds)
    assert found(recipe) == []
    assert recipe.views[1].pipeline[0].part == "second"
