"""A row of `make science` stands for its recipe and for the code that the recipe reaches."""

from __future__ import annotations

import code_hash
import pytest

from sslstudio.domain.edits import with_value
from tests.support.runs import small_recipe


def forget():
    for remembered in (code_hash._tree, code_hash._meaning, code_hash._names_read):
        remembered.cache_clear()


@pytest.fixture
def changed(monkeypatch):
    """Return a function that gives a recipe's hash as if a module's code read differently."""

    def hash_with(recipe, module, old, new):
        file = code_hash.ROOT.joinpath(*module.split(".")).with_suffix(".py")
        source = file.read_text(encoding="utf-8")
        assert old in source
        with monkeypatch.context() as patch:
            patch.setattr(
                code_hash,
                "_source",
                lambda f: source.replace(old, new) if f == file else f.read_text(encoding="utf-8"),
            )
            forget()
            found = code_hash.recipe_hash(recipe)
        forget()
        return found

    return hash_with


def test_a_setting_and_the_code_of_a_part_count(catalog, changed):
    recipe = small_recipe(catalog, "vicreg")
    known = code_hash.recipe_hash(recipe)
    heavier = with_value(recipe, "objective.loss.variance", 24.0, catalog.kinds)
    assert code_hash.recipe_hash(heavier) != known
    loss = "sslstudio.catalog.losses.vicreg"
    assert changed(recipe, loss, "EPSILON: Final = 1e-4", "EPSILON: Final = 1e-3") != known
    assert changed(recipe, loss, "every dimension varies", "no dimension is constant") == known


def test_code_that_a_part_only_imports_counts_and_that_of_other_parts_does_not(catalog, changed):
    recipe = small_recipe(catalog, "vicreg")
    known = code_hash.recipe_hash(recipe)
    pairs = "sslstudio.engine.view_pairs"
    assert changed(recipe, pairs, "def pairs_of(", "def pairs(") != known
    other = "sslstudio.catalog.losses.sigreg"
    assert changed(recipe, other, "REACH: Final = 3.0", "REACH: Final = 2.0") == known
