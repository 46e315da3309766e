import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.moves import placed
from sslstudio.domain.recipe import DataSpec
from sslstudio.domain.view_moves import (
    can_link,
    is_linked,
    linked,
    unlinked,
    view_added,
    view_removed,
)
from sslstudio.services.presets import load_presets
from tests.domain.toys import Paint, numbers, recipe_with


@given(st.lists(st.integers(0, 9), max_size=7), st.integers(2, 6))
def test_unlinking_and_linking_again_gives_the_same_recipe(values, copies):
    pipeline = [Paint(number=value) for value in values]
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


def test_a_local_view_cannot_share_the_pipeline_of_a_global_one():
    assert not can_link(placed(recipe_with([], []), "views.1.local", value=True))


@pytest.mark.parametrize("name", ["pirl", "colorization"])
def test_views_that_play_different_parts_cannot_share_a_pipeline(catalog, name):
    preset = next(preset for preset in load_presets() if preset.id == name)
    recipe = preset.recipe_for(catalog, DataSpec(), "cuda")
    alike = recipe.views[0].model_copy(update={"name": "other"})
    apart = recipe.model_copy(update={"views": (recipe.views[0], alike)})
    assert not can_link(apart)
    with pytest.raises(RecipeError, match="treats them alike"):
        linked(apart)


def test_a_view_is_added_like_the_last_one_and_can_be_removed_again():
    recipe = recipe_with([Paint(number=1)], [Paint(number=2)], copies=2)
    more = view_added(recipe)
    assert [view.copies for view in more.views] == [2, 2, 1]
    assert numbers(more, 2) == [2]
    assert view_removed(more, 2) == recipe
    assert [numbers(view_removed(more, 0), view) for view in (0, 1)] == [[2], [2]]


def test_the_only_view_stays_and_a_view_that_is_not_there_is_named():
    with pytest.raises(RecipeError, match="the only view"):
        view_removed(recipe_with([]), 0)
    with pytest.raises(RecipeError, match=r"views\.3"):
        view_removed(recipe_with([], []), 3)
