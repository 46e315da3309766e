"""What `check` says of negatives, queues and distances in whole recipes, and that its fixes do."""

from __future__ import annotations

import pytest

from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.image_checks import DataFacts
from sslstudio.domain.recipe import Recipe
from tests.support.runs import small_recipe

FACTS = DataFacts(train_images=9000, channels=3)
QUEUE, BANK, NEIGHBOUR = "queue", "memory-bank", "nearest-neighbour"
DOT = {"objective__similarity": "dot"}
BATCH_OFF = {"objective__loss__batch_negatives": False}


def problems(recipe, facts=FACTS):
    return {problem.path: problem for problem in check(recipe, facts)}


def recipe_of(catalog, preset="simclr", **changes):
    return small_recipe(catalog, preset, **{"training__batch_size": 256, **changes})


@pytest.mark.parametrize(
    "preset", ["simclr", "moco", "moco-v2", "nce", "nnclr", "infomin", "triplet"]
)
def test_presets_have_nothing_to_complain_of(catalog, preset):
    assert not problems(recipe_of(catalog, preset))


@pytest.mark.parametrize(
    ("severity", "path", "preset", "changes"),
    [
        ("error", "objective.loss.batch_negatives", "simclr", BATCH_OFF),
        ("error", "objective.loss.batch_negatives", "triplet", BATCH_OFF),
        ("error", "objective.loss.batch_negatives", "siamese-margin", BATCH_OFF),
        ("error", "objective.target.size", "moco", {"objective__target__size": 9001}),
        ("error", "objective.target.size", "nnclr", {"objective__target__size": 9001}),
        ("warning", "objective.target.size", "moco", {"objective__target__size": 255}),
        ("warning", "objective.target.size", "nnclr", {"objective__target__size": 255}),
        ("error", "objective.similarity", "siamese-margin", {"objective__similarity": "bilinear"}),
        ("error", "objective.similarity", "siamese-margin", {"objective__similarity": "dot"}),
        ("warning", "objective.loss.mining", "triplet", {"objective__loss__mining": "hardest"}),
        ("warning", "objective.loss.batch_negatives", "simclr", {"objective__target": BANK}),
        ("warning", "objective.target", "byol", {"objective__target": QUEUE}),
        ("warning", "objective.similarity", "vicreg", {"objective__similarity": "mlp"}),
        ("warning", "objective.similarity", "byol", {"objective__loss": "vicreg", **DOT}),
        ("warning", "objective.target", "vicreg", {"objective__target": BANK}),
        ("warning", "objective.target", "lejepa", {"objective__target": NEIGHBOUR}),
        ("warning", "objective.target", "byol", {"objective__target": BANK}),
        ("warning", "objective.target", "barlow-twins", {"objective__target": BANK}),
        ("warning", "training.batch_size", "simclr", {"training__batch_size": 31}),
        ("warning", "training.batch_size", "siamese-margin", {"training__batch_size": 31}),
    ],
)
def test_what_cannot_or_should_not_be_wired_is_said_and_mended(
    catalog, severity, path, preset, changes
):
    recipe = recipe_of(catalog, preset, **changes)
    found = problems(recipe)[path]
    assert found.severity == severity
    assert found.text.endswith(".")
    for where, value in found.fix.edits:
        recipe = with_value(recipe, where, value, catalog.kinds)
    assert path not in problems(recipe)


def test_a_bank_needs_images_beside_the_batch(catalog):
    recipe = recipe_of(catalog, "nce", objective__target=BANK, **BATCH_OFF)
    facts = DataFacts(train_images=200, channels=3)
    found = [p for p in check(recipe, facts) if p.path == "training.batch_size"]
    assert [p.severity for p in found] == ["error", "warning"]
    for where, value in found[0].fix.edits:
        recipe = with_value(recipe, where, value, catalog.kinds)
    assert not problems(recipe, facts)


def test_a_small_batch_does_not_matter_where_negatives_are_stored(catalog):
    assert "training.batch_size" not in problems(
        recipe_of(catalog, "moco", training__batch_size=16)
    )


def test_an_automatic_queue_is_never_larger_than_the_data(catalog):
    for preset in ("moco", "nnclr"):
        found = problems(
            recipe_of(catalog, preset, training__batch_size=8),
            DataFacts(train_images=9, channels=3),
        )
        assert "objective.target.size" not in found


def test_a_similarity_that_the_loss_reads_is_no_matter(catalog):
    recipe = recipe_of(catalog, "simclr", objective__similarity="bilinear")
    assert "objective.similarity" not in problems(recipe)


def test_a_bank_whose_negatives_are_read_is_no_matter_and_one_doubt_is_enough(catalog):
    for preset in ("simclr", "triplet", "siamese-margin"):
        recipe = recipe_of(catalog, preset, objective__target=BANK)
        assert "objective.target" not in problems(recipe)
    recipe = recipe_of(catalog, "vicreg", objective__target=BANK)
    assert [p.path for p in check(recipe, FACTS)] == ["objective.target"]


@pytest.mark.parametrize(("batch", "fix"), [(256, None), (20, None), (16, 20)])
def test_no_remedy_asks_for_a_larger_batch_than_there_are_images(catalog, batch, fix):
    facts = DataFacts(train_images=20, channels=3)
    found = check(recipe_of(catalog, training__batch_size=batch), facts)
    (few,) = [problem for problem in found if "negatives" in problem.text]
    assert f"A batch of {min(batch, 20)} gives" in few.text
    assert (few.fix and dict(few.fix.edits)["training.batch_size"]) == fix


def test_images_that_one_step_sees_are_never_more_than_there_are(catalog):
    recipe = recipe_of(catalog, "w-mse", objective__projector__output=64)
    assert "objective.projector.output" not in problems(recipe)
    found = problems(recipe, DataFacts(train_images=60, channels=3))
    assert found["objective.projector.output"].severity == "error"


@pytest.mark.parametrize("target", [QUEUE, BANK])
def test_nothing_is_said_of_a_target_beside_a_loss_that_this_build_lacks(catalog, target):
    recipe = recipe_of(catalog, "byol", objective__target=target)
    content = recipe.model_dump(mode="json")
    content["objective"]["loss"] = {"kind": "from-another-build"}
    unknown = Recipe.model_validate(content, context={"kinds": catalog.kinds})
    assert "objective.target" in problems(recipe)
    assert set(problems(unknown)) == {"objective.loss"}
