import pytest

from sslstudio.catalog.encoders.convnet import ConvnetSpec
from sslstudio.catalog.objectives.rotation import RotationSpec
from sslstudio.catalog.optimizers.adamw import AdamwSpec
from sslstudio.domain.check import check
from sslstudio.domain.moves import placed
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.gui.document import RecipeDocument

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def recipe():
    return Recipe(
        views=(ViewSpec(copies=1),),
        encoder=ConvnetSpec(),
        objective=RotationSpec(),
        optimizer=AdamwSpec(),
    )


@pytest.fixture
def document(recipe):
    return RecipeDocument(recipe, check)


def batch(recipe, size):
    return placed(recipe, "training.batch_size", size)


def test_an_edit_is_announced_with_both_recipes_and_can_be_undone(document, recipe):
    heard = []
    document.changed.connect(lambda old, new: heard.append((old, new)))
    document.edit(batch(recipe, 64), "Batch 64")
    assert heard == [(recipe, batch(recipe, 64))]
    assert (document.undo_label, document.redo_label) == ("Batch 64", "")
    document.undo()
    assert document.recipe == recipe
    document.redo()
    assert document.recipe == batch(recipe, 64)
    assert heard[1:] == [(batch(recipe, 64), recipe), (recipe, batch(recipe, 64))]


def test_a_slider_that_is_dragged_undoes_as_one_step(document, recipe):
    for size in range(10, 60, 10):
        document.edit(batch(recipe, size), "Batch", merge_key="training.batch_size")
    document.undo()
    assert document.recipe == recipe


def test_an_edit_that_changes_nothing_is_no_step(document, recipe):
    heard = []
    document.changed.connect(lambda _, new: heard.append(new))
    document.edit(batch(recipe, recipe.training.batch_size), "Batch")
    document.undo()
    document.redo()
    assert heard == []


def test_problems_follow_the_recipe_and_are_in_step_when_it_is_announced(document, recipe):
    seen, announced = [], []
    document.changed.connect(lambda _, new: seen.append(document.problems == check(new)))
    document.problems_changed.connect(lambda: announced.append(document.problems))
    document.edit(batch(recipe, 1), "Batch 1")
    assert [problem.path for problem in document.problems] == ["training.batch_size"]
    document.undo()
    assert document.problems == ()
    assert seen == [True, True]
    assert len(announced) == 2


def test_another_recipe_begins_without_a_past(document, recipe):
    document.edit(batch(recipe, 64), "Batch 64")
    document.load(batch(recipe, 128))
    assert document.undo_label == ""
    document.undo()
    assert document.recipe == batch(recipe, 128)


def test_new_facts_are_checked_without_an_edit(recipe):
    limits = {"least": 2}

    def too_small(candidate):
        problems = check(batch(candidate, 1))
        return problems if candidate.training.batch_size < limits["least"] else ()

    document = RecipeDocument(recipe, too_small)
    announced = []
    document.problems_changed.connect(lambda: announced.append(len(document.problems)))
    document.recheck()
    limits["least"] = 1000
    document.recheck()
    assert announced == [1]
