"""`check` says what building would say, with the field, before anything is built."""

from __future__ import annotations

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.image_checks import DataFacts
from sslstudio.services.checking import full_check
from tests.support.runs import small_recipe, small_session, small_store

FACTS = DataFacts(train_images=80, channels=3, labelled=80)
WHOLE = {"views__0__size": None}
"""Views as large as the images, where a preset has other views of the tests' small ones."""


def errors(recipe, catalog, facts=FACTS):
    return [p for p in full_check(recipe, catalog, facts) if p.severity == "error"]


@pytest.mark.parametrize(
    ("preset", "changes", "path", "words"),
    [
        ("cpc", {"encoder__patch": 24}, "objective.first_step", "Patches of 24 px"),
        ("jigsaw", {"objective__permutations": 30, **WHOLE}, "objective.permutations", "only 24"),
        ("exemplar", {"objective__classes": 500}, "objective.classes", "500 classes"),
        ("simclr", {"encoder": {"kind": "timm", "name": "resnet1"}}, "encoder.name", "no model"),
        ("simclr", {"representation__layer": "stage9"}, "representation.layer", "no layer"),
        ("amdim", {"encoder": {"kind": "timm"}}, "objective", "two stages"),
    ],
)
def test_what_a_part_refuses_stands_at_the_field_that_it_names(
    catalog, preset, changes, path, words
):
    recipe = small_recipe(catalog, preset, data__size=32, **changes)
    assert not [p for p in check(recipe, FACTS) if p.severity == "error"], "no rule knows it"
    (found,) = errors(recipe, catalog)
    assert found.path == path
    assert words in found.text
    assert found.text.endswith(".")
    assert not found.text.startswith(path)


def test_a_rule_that_is_broken_is_said_once(catalog):
    broken = {"objective__permutations": 30, "training__batch_size": 1, **WHOLE}
    recipe = small_recipe(catalog, "jigsaw", data__size=32, **broken)
    assert [p.path for p in errors(recipe, catalog)] == ["training.batch_size"]


def test_without_images_no_number_is_too_large_for_them(catalog):
    recipe = small_recipe(catalog, "exemplar", objective__classes=500)
    assert errors(recipe, catalog, None) == []


def test_statistics_of_other_channels_are_refused_and_mended(catalog):
    pipeline = [{"kind": "random-resized-crop"}, {"kind": "lightness"}, {"kind": "normalise"}]
    recipe = small_recipe(catalog, views__0__pipeline=pipeline)
    (found,) = errors(recipe, catalog)
    assert found.path == "views.0.pipeline.2.statistics"
    assert "lightness makes others" in found.text
    ((path, value),) = found.fix.edits
    mended = with_value(recipe, path, value, catalog.kinds)
    assert errors(mended, catalog) == []
    small_session(catalog, mended, small_store()).advance()


@pytest.mark.parametrize("preset", ["simclr", "swav", "colorization"])
def test_a_preset_has_no_errors(catalog, preset):
    assert errors(small_recipe(catalog, preset), catalog) == []
