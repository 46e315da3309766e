import pytest

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.moves import (
    can_toggle_stop_gradient,
    placed,
    stop_gradient_toggled,
    switched,
)
from tests.domain.toys import (
    KINDS,
    Answer,
    Average,
    Bottleneck,
    Head,
    Paint,
    Stopped,
    Task,
    numbers,
    recipe_with,
)


def test_a_value_is_placed_at_its_path_and_nowhere_else():
    recipe = recipe_with([Paint(), Paint()], [Paint()])
    after = placed(recipe, "views.0.pipeline.1", Paint(number=5))
    assert numbers(after) == [0, 5]
    assert after.views[1] is recipe.views[1]
    assert placed(recipe, "objective.target", Average()).objective.target == Average()
    assert placed(recipe, "training.budget.amount", 3.0).training.budget.amount == 3.0
    with pytest.raises(RecipeError, match="no field 'temperature'"):
        placed(recipe, "objective.temperature", 1)


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
