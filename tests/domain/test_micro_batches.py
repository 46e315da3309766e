from __future__ import annotations

import pytest

from sslstudio.catalog.assemble import build_context
from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.image_checks import DataFacts
from tests.support.runs import small_recipe, small_session, small_store

COUNT, WAY = "training.micro_batches", "training.micro_batching"
FACTS = DataFacts(train_images=9000, channels=3)
BATCH_OFF = {"objective__loss__batch_negatives": False}


def split(catalog, preset="simclr", count=4, way="accumulate", batch=256, **changes):
    made = {"training__batch_size": batch, "training__micro_batches": count, **changes}
    return small_recipe(catalog, preset, **made, training__micro_batching=way)


def problems(recipe, facts=FACTS):
    return {p.path: p for p in check(recipe, facts) if p.path in (COUNT, WAY, "objective")}


def fixed(recipe, problem, catalog):
    for path, value in problem.fix.edits:
        recipe = with_value(recipe, path, value, catalog.kinds)
    return recipe


def test_accumulation_says_that_it_adds_no_negatives_and_grad_cache_that_it_does(catalog):
    recipe = split(catalog)
    problem = problems(recipe)[WAY]
    assert problem.severity == "warning"
    assert "adds no negatives" in problem.text
    assert "64 images of one micro-batch" in problem.text
    assert "all 256 images" in problem.text
    assert not problems(fixed(recipe, problem, catalog))


@pytest.mark.parametrize(
    ("preset", "changes"),
    [("byol", {}), ("dino", {}), ("moco", BATCH_OFF), ("rotation", {}), ("mae", {})],
)
def test_losses_that_compare_nothing_within_the_batch_hear_nothing_of_negatives(
    catalog, preset, changes
):
    assert not problems(split(catalog, preset, **changes))


def test_cpc_takes_negatives_from_the_batch_and_has_no_grad_cache(catalog):
    problem = problems(split(catalog, "cpc"))[WAY]
    assert "adds no negatives" in problem.text
    assert problem.fix is None


@pytest.mark.parametrize("preset", ["rotation", "bigan", "npid", "cpc"])
def test_grad_cache_is_refused_where_nothing_is_embedded_first(catalog, preset):
    recipe = split(catalog, preset, way="grad-cache")
    problem = problems(recipe)["objective"]
    assert problem.severity == "error"
    assert "accumulate" in str(problem.fix.edits)


def test_parts_that_do_not_come_out_even_or_are_too_small_are_told(catalog):
    uneven = split(catalog, "byol", count=6)
    assert "some hold 42, others 43" in problems(uneven)[COUNT].text
    assert not problems(fixed(uneven, problems(uneven)[COUNT], catalog))
    tiny = split(catalog, "byol", count=16, batch=20)
    assert problems(tiny)[COUNT].severity == "error"
    assert not problems(fixed(tiny, problems(tiny)[COUNT], catalog))


def test_one_micro_batch_has_no_problem_whatever_the_way(catalog):
    assert not problems(split(catalog, "rotation", count=1, way="grad-cache"))


def test_parts_are_built_for_the_images_that_the_loss_sees(catalog):
    facts = small_store().facts()
    for way, seen in (("accumulate", 4), ("grad-cache", 16)):
        recipe = split(catalog, way=way, batch=16)
        assert build_context(recipe, catalog, facts).batch_size == seen
        labels = {a.label for a in small_session(catalog, recipe).parts.objective.anchors()}
        assert f"all alike: ln({2 * seen - 1})" in labels


def test_few_negatives_are_counted_within_a_micro_batch(catalog):
    recipe = split(catalog, count=16)
    texts = [p.text for p in check(recipe, FACTS) if p.path == "training.batch_size"]
    assert any("A batch of 16 gives each image only 30" in text for text in texts)
    cached = split(catalog, count=16, way="grad-cache")
    assert not [p for p in check(cached, FACTS) if p.path == "training.batch_size"]
