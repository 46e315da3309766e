import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslstudio.domain.check import check
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.history import History
from sslstudio.domain.moves import placed
from sslstudio.domain.pipelines import (
    Spot,
    copied,
    free_spot,
    inserted,
    moved,
    refusal,
    removed,
    well_ordered,
)
from tests.domain.toys import Erase, Nested, Norm, Paint, numbers, recipe_with

VIEW = "views.0.pipeline"
pipelines = st.lists(st.integers(0, 9), max_size=7).map(
    lambda values: [Paint(number=value) for value in values]
)


@st.composite
def recipes_and_gaps(draw):
    first, second = draw(pipelines.filter(bool)), draw(pipelines)
    source = Spot.in_view(0, draw(st.integers(0, len(first) - 1)))
    view = draw(st.integers(0, 1))
    target = Spot.in_view(view, draw(st.integers(0, len((first, second)[view]))))
    return recipe_with(first, second), source, target


@given(recipes_and_gaps())
def test_a_move_keeps_every_operation_and_can_be_moved_back(case):
    recipe, source, target = case
    after = moved(recipe, source, target)
    assert sorted(numbers(after) + numbers(after, 1)) == sorted(
        numbers(recipe) + numbers(recipe, 1)
    )
    within = source.pipeline == target.pipeline and target.position > source.position
    landed = Spot(target.pipeline, target.position - within)
    behind = source.pipeline == landed.pipeline and source.position > landed.position
    assert moved(after, landed, Spot(source.pipeline, source.position + behind)) == recipe


@given(recipes_and_gaps())
def test_what_was_inserted_or_copied_can_be_removed(case):
    recipe, source, target = case
    assert removed(inserted(recipe, target, Norm()), target) == recipe
    assert removed(copied(recipe, source, target), target) == recipe


@given(recipes_and_gaps(), st.integers(1, 5))
def test_undo_and_redo_of_any_row_of_moves_is_the_identity(case, count):
    recipe, source, target = case
    history = History.starting_with(recipe)
    for _ in range(count):
        history = history.edited(copied(history.value, source, target), "copy")
    last = history.value
    for _ in range(count):
        history = history.undone()
    assert history.value == recipe
    for _ in range(count):
        history = history.redone()
    assert history.value == last


WORDS = {"paint": Paint(), "norm": Norm(), "erase": Erase()}
words = st.lists(st.sampled_from(list(WORDS)), max_size=6)


def order_errors(recipe):
    return [p for p in check(recipe) if p.severity == "error" and ".pipeline." in p.path]


@given(words, st.sampled_from(list(WORDS)), st.data())
def test_what_is_refused_is_an_error_of_order_and_nothing_else_is(kinds, kind, data):
    pipeline = well_ordered([WORDS[word] for word in kinds], in_view=True)
    recipe = recipe_with(pipeline, [Paint()])
    assert order_errors(recipe) == []
    spot = Spot.in_view(0, data.draw(st.integers(0, len(pipeline))))
    after = inserted(recipe, spot, WORDS[kind])
    assert bool(refusal(recipe, spot, WORDS[kind])) == bool(order_errors(after))


@given(words)
def test_the_fix_of_an_order_mends_it_and_loses_nothing_but_a_second_normalisation(kinds):
    recipe = recipe_with([WORDS[word] for word in kinds])
    mended = recipe
    for problem in order_errors(recipe):
        ((path, value),) = problem.fix.edits
        mended = placed(mended, path, value)
    assert order_errors(mended) == []
    left = [part.kind for part in mended.views[0].pipeline]
    assert sorted(left) == sorted(
        [word for word in kinds if word != "norm"] + ["norm"] * ("norm" in kinds)
    )


def test_a_second_normalisation_is_refused_in_words():
    recipe = recipe_with([Paint(), Norm()])
    assert "one for each view is enough" in refusal(recipe, Spot.in_view(0, 2), Norm())


def test_pipelines_inside_an_objective_obey_the_same_rules_without_a_normalisation():
    recipe = recipe_with([Norm()], objective=Nested(spoiling=(Paint(number=1),)))
    spot = Spot("objective.spoiling", 1)
    after = inserted(recipe, spot, Paint(number=2))
    assert [part.number for part in after.objective.spoiling] == [1, 2]
    assert removed(after, spot) == recipe
    assert "belongs into a view" in refusal(recipe, spot, Norm())
    wrong = inserted(recipe, spot, Norm())
    assert (check(wrong)[0].severity, check(wrong)[0].path) == ("error", "objective.spoiling.1")


def test_the_free_spot_is_the_last_one_that_fits():
    recipe = recipe_with([Paint(), Paint(), Norm()])
    assert free_spot(recipe, VIEW, Paint()) == Spot(VIEW, 2)
    assert free_spot(recipe, VIEW, Erase()) == Spot(VIEW, 3)
    assert free_spot(recipe_with([]), VIEW, Paint()) == Spot(VIEW, 0)


def test_moving_the_normalisation_away_from_the_end_is_refused_in_words():
    recipe = recipe_with([Paint(), Paint(), Norm()])
    assert "belongs at the end" in refusal(recipe, Spot(VIEW, 0), Norm(), leaving=Spot(VIEW, 2))
    assert refusal(recipe, Spot(VIEW, 2), Norm(), leaving=Spot(VIEW, 2)) == ""


def test_a_spot_that_is_not_there_is_named():
    recipe = recipe_with([Paint()])
    with pytest.raises(RecipeError, match=r"views.0.pipeline.3"):
        removed(recipe, Spot(VIEW, 3))
    with pytest.raises(RecipeError, match=r"views.2"):
        inserted(recipe, Spot.in_view(2, 0), Paint())
