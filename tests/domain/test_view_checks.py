import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from tests.support.runs import small_recipe

CROP = {"kind": "random-resized-crop"}
TURN = {"kind": "rotation"}
FLIP = {"kind": "horizontal-flip"}
HALF = {"kind": "normalise", "statistics": "half"}


@pytest.fixture
def problems_of(catalog):
    def problems(*views, **changes):
        recipe = with_value(small_recipe(catalog, **changes), "views", list(views), catalog.kinds)
        return recipe, [p for p in check(recipe) if ".shares" in p.path or "pipeline" in p.path]

    return problems


def view(*pipeline, shares=(), copies=1):
    return {"copies": copies, "shares": list(shares), "pipeline": list(pipeline)}


def fixed(recipe, problem, catalog):
    for path, value in problem.fix.edits:
        recipe = with_value(recipe, path, value, catalog.kinds)
    return [p for p in check(recipe) if ".shares" in p.path]


def test_draws_of_an_operation_that_both_views_have_can_be_shared(problems_of):
    _, problems = problems_of(
        view(CROP, FLIP, HALF), view(CROP, HALF, shares=["random-resized-crop"])
    )
    assert problems == []
    _, problems = problems_of(view(CROP, HALF, shares=["random-resized-crop"], copies=2))
    assert problems == []


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (view(CROP, HALF), view(CROP, TURN, HALF, shares=["rotation"]), "the first view"),
        (view(CROP, TURN, HALF), view(CROP, HALF, shares=["rotation"]), "this view"),
        (view(TURN, HALF), view(TURN, TURN, HALF, shares=["rotation"]), "the first view"),
    ],
)
def test_draws_that_nobody_has_are_an_error_with_a_fix(problems_of, catalog, first, second, words):
    recipe, problems = problems_of(first, second)
    problem = next(p for p in problems if p.path == "views.1.shares")
    assert problem.severity == "error"
    assert words in problem.text
    assert fixed(recipe, problem, catalog) == []


def test_shared_draws_under_other_settings_are_doubtful(problems_of, catalog):
    more = {**TURN, "angle": 90.0}
    recipe, problems = problems_of(view(TURN, HALF), view(FLIP, more, HALF, shares=["rotation"]))
    problem = next(p for p in problems if p.path == "views.1.shares")
    assert problem.severity == "warning"
    assert fixed(recipe, problem, catalog) == []


def test_the_first_view_has_none_to_share_with(problems_of, catalog):
    recipe, problems = problems_of(view(TURN, HALF, shares=["rotation"]), view(TURN, HALF))
    problem = next(p for p in problems if p.path == "views.0.shares")
    assert problem.severity == "error"
    assert fixed(recipe, problem, catalog) == []


def test_views_with_other_channels_do_not_fit_one_encoder(problems_of):
    _, problems = problems_of(
        view(CROP, {"kind": "lightness"}, HALF), view(CROP, {"kind": "chroma"}, HALF)
    )
    assert [p.path for p in problems if p.severity == "error"] == ["views.1.pipeline"]
    assert "1 and 2 channels" in problems[0].text


def test_grey_images_have_no_colours_to_keep(problems_of):
    _, problems = problems_of(view(CROP, {"kind": "chroma"}, HALF, copies=2), data__channels="gray")
    assert [p.path for p in problems if p.severity == "error"] == ["views.0.pipeline.1"]
    _, problems = problems_of(
        view(CROP, {"kind": "lightness"}, HALF, copies=2), data__channels="gray"
    )
    assert problems == []


def test_a_conversion_alone_does_not_make_two_views_differ(problems_of):
    _, problems = problems_of(view({"kind": "lightness"}, HALF, copies=2))
    assert "Nothing changes the views" in problems[0].text
