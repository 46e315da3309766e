from typing import Annotated, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslstudio.domain.check import check
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.history import History
from sslstudio.domain.moves import (
    Spot,
    can_link,
    can_toggle_stop_gradient,
    copied,
    free_spot,
    inserted,
    is_linked,
    linked,
    moved,
    placed,
    refusal,
    removed,
    stop_gradient_toggled,
    switched,
    unlinked,
)
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.spec import (
    AugmentationSpec,
    EncoderSpec,
    ObjectiveSpec,
    OptimizerSpec,
    ProjectorSpec,
    TargetSpec,
)


class Paint(AugmentationSpec):
    kind: Literal["paint"] = "paint"
    number: int = 0


class Norm(AugmentationSpec):
    kind: Literal["norm"] = "norm"
    after_normalise: ClassVar[bool] = True


class Net(EncoderSpec):
    kind: Literal["net"] = "net"


class Same(TargetSpec):
    kind: Literal["same"] = "same"
    carries_gradient: ClassVar[bool] = True


class Stopped(TargetSpec):
    kind: Literal["stop-gradient"] = "stop-gradient"


class Average(TargetSpec):
    kind: Literal["momentum"] = "momentum"


class Head(ProjectorSpec):
    kind: Literal["head"] = "head"
    width: Annotated[int, Range(1, 100), Ui("Width", "How wide.")] = 10
    depth: Annotated[int, Range(1, 4), Ui("Depth", "How deep.")] = 2


class Bottleneck(ProjectorSpec):
    kind: Literal["bottleneck"] = "bottleneck"
    width: Annotated[int, Range(1, 50), Ui("Width", "How wide.")] = 20
    depth: Annotated[int, Range(1, 8), Ui("Depth", "How deep.")] = 5


class Task(ObjectiveSpec):
    kind: Literal["task"] = "task"
    target: TargetSpec = Same()
    head: ProjectorSpec = Head()


class Answer(ObjectiveSpec):
    kind: Literal["answer"] = "answer"
    head: ProjectorSpec


class Plain(OptimizerSpec):
    kind: Literal["plain"] = "plain"


KINDS = {
    "targets": {"same": Same, "stop-gradient": Stopped, "momentum": Average},
    "heads": {"head": Head, "bottleneck": Bottleneck},
}


def recipe_with(*pipelines, copies=1):
    views = tuple(
        ViewSpec(name=f"view {number}", copies=copies, pipeline=tuple(pipeline))
        for number, pipeline in enumerate(pipelines)
    )
    return Recipe(views=views, encoder=Net(), objective=Task(), optimizer=Plain())


def numbers(recipe, view=0):
    return [getattr(part, "number", part.kind) for part in recipe.views[view].pipeline]


pipelines = st.lists(st.integers(0, 9), max_size=7).map(
    lambda values: [Paint(number=value) for value in values]
)


@st.composite
def recipes_and_gaps(draw):
    first, second = draw(pipelines.filter(bool)), draw(pipelines)
    source = Spot(0, draw(st.integers(0, len(first) - 1)))
    view = draw(st.integers(0, 1))
    target = Spot(view, draw(st.integers(0, len((first, second)[view]))))
    return recipe_with(first, second), source, target


@given(recipes_and_gaps())
def test_a_move_keeps_every_operation_and_can_be_moved_back(case):
    recipe, source, target = case
    after = moved(recipe, source, target)
    assert sorted(numbers(after) + numbers(after, 1)) == sorted(
        numbers(recipe) + numbers(recipe, 1)
    )
    within = source.view == target.view and target.position > source.position
    landed = Spot(target.view, target.position - within)
    behind = source.view == landed.view and source.position > landed.position
    assert moved(after, landed, Spot(source.view, source.position + behind)) == recipe


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


@given(
    st.lists(st.sampled_from(["paint", "norm"]), max_size=6),
    st.sampled_from(["paint", "norm"]),
    st.data(),
)
def test_what_is_not_refused_gives_no_error_of_order(kinds, kind, data):
    ordered = sorted(kinds, reverse=True)
    pipeline = [Paint() if word == "paint" else Norm() for word in ordered]
    recipe = recipe_with(pipeline, [Paint()])
    part = Paint() if kind == "paint" else Norm()
    spot = Spot(0, data.draw(st.integers(0, len(pipeline))))
    after = inserted(recipe, spot, part)
    disordered = any("after normalisation" in problem.text for problem in check(after))
    assert bool(refusal(recipe, spot, part)) == disordered


def test_the_free_spot_is_the_last_one_that_fits():
    recipe = recipe_with([Paint(), Paint(), Norm()])
    assert free_spot(recipe, 0, Paint()) == Spot(0, 2)
    assert free_spot(recipe, 0, Norm()) == Spot(0, 3)
    assert free_spot(recipe_with([]), 0, Paint()) == Spot(0, 0)


def test_moving_the_normalisation_away_from_the_end_is_refused_in_words():
    recipe = recipe_with([Paint(), Paint(), Norm()])
    assert "belongs at the end" in refusal(recipe, Spot(0, 0), Norm(), leaving=Spot(0, 2))
    assert refusal(recipe, Spot(0, 2), Norm(), leaving=Spot(0, 2)) == ""


@given(pipelines, st.integers(2, 6))
def test_unlinking_and_linking_again_gives_the_same_recipe(pipeline, copies):
    recipe = recipe_with(pipeline, copies=copies)
    apart = unlinked(recipe)
    assert not is_linked(apart)
    assert apart.view_count() == copies
    assert [view.pipeline for view in apart.views] == [tuple(pipeline)] * 2
    assert linked(apart) == recipe


def test_views_of_different_sizes_cannot_share_a_pipeline():
    recipe = recipe_with([], [])
    small = placed(recipe, "views.1.size", 16)
    assert can_link(recipe)
    assert not can_link(small)
    with pytest.raises(RecipeError, match="same size"):
        linked(small)
    with pytest.raises(RecipeError, match="draws several views"):
        unlinked(recipe)


def test_a_value_is_placed_at_its_path_and_nowhere_else():
    recipe = recipe_with([Paint(), Paint()], [Paint()])
    after = placed(recipe, "views.0.pipeline.1", Paint(number=5))
    assert numbers(after) == [0, 5]
    assert after.views[1] is recipe.views[1]
    assert placed(recipe, "objective.target", Average()).objective.target == Average()
    assert placed(recipe, "training.budget.amount", 3.0).training.budget.amount == 3.0
    with pytest.raises(RecipeError, match="no field 'temperature'"):
        placed(recipe, "objective.temperature", 1)


def test_a_spot_that_is_not_there_is_named():
    recipe = recipe_with([Paint()])
    with pytest.raises(RecipeError, match=r"views.0.pipeline.3"):
        removed(recipe, Spot(0, 3))
    with pytest.raises(RecipeError, match=r"views.2"):
        inserted(recipe, Spot(2, 0), Paint())


def test_the_stop_gradient_is_set_and_lifted_but_not_on_a_momentum_target():
    recipe = recipe_with([])
    stopped = stop_gradient_toggled(recipe, KINDS)
    assert stopped.objective.target == Stopped()
    assert stop_gradient_toggled(stopped, KINDS) == recipe
    average = placed(recipe, "objective.target", Average())
    assert not can_toggle_stop_gradient(average)
    with pytest.raises(RecipeError, match="never takes gradient"):
        stop_gradient_toggled(average, KINDS)


def test_another_kind_keeps_what_was_set_by_hand_and_fits():
    assert switched(Head(width=30), Bottleneck, {}) == Bottleneck(width=30, depth=5)
    assert switched(Head(width=80, depth=3), Bottleneck, {}) == Bottleneck(width=20, depth=3)


def test_another_task_gets_a_spare_for_a_part_that_the_old_one_lacks():
    kept = switched(Task(head=Head(width=3)), Answer, {"head": Bottleneck()})
    assert kept == Answer(head=Head(width=3))
    fresh = switched(Task(), Answer, {"head": Bottleneck()})
    assert fresh == Answer(head=Bottleneck())
