import math

import pytest

from sslstudio.domain.diagnosis import TOO_EARLY, diagnose, meanings, numbers_of
from sslstudio.domain.edits import with_value
from sslstudio.domain.events import AnchorLine, Edited
from sslstudio.domain.run import RunSummary
from sslstudio.services.presets import find_recipe

CONSTANT = {"spread": 0.01, "spread_z": 0.02, "rank": 1.1, "rank_share": 0.006, "rank_z": 1.2}
CHANCE = AnchorLine(term="loss", label="all alike: ln(511)", value=math.log(511), kind="collapse")
FLOOR = AnchorLine(term="loss", label="floor", value=1.5, kind="bound")


@pytest.fixture(scope="module")
def recipes(catalog):
    presets = ("simclr", "simsiam", "vicreg", "byol")
    return {name: find_recipe(name, catalog, None, "cpu") for name in presets}


@pytest.fixture
def changed(catalog, recipes):
    def change(preset, path, value):
        return with_value(recipes[preset], path, value, catalog.kinds)

    return change


def summary(verdict, readings=None, **more):
    return RunSummary(verdict=verdict, readings=readings or {}, **more)


def edits(diagnoses):
    return [edit for found in diagnoses if found.fix for edit in found.fix.edits]


def test_before_a_verdict_it_is_too_early_to_tell(recipes):
    for state in (None, "warming-up"):
        (found,) = diagnose(summary(state), recipes["simclr"])
        assert found.cause == TOO_EARLY
        assert found.fix is None


def test_a_collapse_without_stop_gradient_names_it_first_and_puts_it_back(changed):
    recipe = changed("simsiam", "objective.target", "same")
    first, *rest = diagnose(summary("collapsed", CONSTANT), recipe)
    assert "No stop-gradient" in first.cause
    assert first.fix.edits == (("objective.target", "stop-gradient"),)
    assert any("same embedding" in found.cause for found in rest)


def test_a_collapse_without_predictor_names_it(changed):
    recipe = changed("byol", "objective.predictor", "none")
    first, *_ = diagnose(summary("collapsed", CONSTANT), recipe)
    assert "predictor" in first.cause
    assert first.fix.edits == (("objective.predictor", "mlp"),)


def test_a_light_variance_term_is_named_and_raised(changed):
    recipe = changed("vicreg", "objective.loss.variance", 1.0)
    assert edits(diagnose(summary("collapsed", CONSTANT), recipe)) == [
        ("objective.loss.variance", recipe.objective.loss.invariance)
    ]


def test_a_collapse_of_a_sound_recipe_has_advice_but_no_button(recipes):
    (found,) = diagnose(summary("collapsed", CONSTANT), recipes["vicreg"])
    assert found.fix is None
    assert "variance term" in found.remedy


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        (CONSTANT, "same embedding"),
        ({"spread": 0.8, "spread_z": 0.8}, "few directions"),
        (
            {"spread": 0.9, "rank": 20.0, "spread_z": 0.1, "rank_z": 1.4, "rank_share_z": 0.01},
            "projections lie together",
        ),
    ],
)
def test_each_form_of_collapse_has_its_own_words(readings, words):
    assert any(words in found.cause for found in diagnose(summary("collapsed", readings)))


def test_a_divergence_lowers_the_rate_and_leaves_half_precision(changed):
    recipe = changed("simclr", "training.precision", "bf16")
    rate = recipe.optimizer.learning_rate
    assert edits(diagnose(summary("diverged"), recipe)) == [
        ("optimizer.learning_rate", rate / 3),
        ("training.precision", "fp32"),
    ]
    whole = changed("simclr", "training.precision", "fp32")
    assert len(diagnose(summary("diverged"), whole)) == 1


def test_a_stalled_loss_names_the_value_of_guessing_it_stands_at(recipes):
    stuck = summary("stalled", terms={"loss": 6.2}, anchors=(CHANCE, FLOOR))
    (found,) = diagnose(stuck, recipes["simclr"])
    assert "all alike: ln(511)" in found.cause
    assert found.fix.edits[0][1] == pytest.approx(3 * recipes["simclr"].optimizer.learning_rate)
    elsewhere = summary("stalled", terms={"loss": 4.0}, anchors=(CHANCE,))
    assert "ln(511)" not in diagnose(elsewhere, recipes["simclr"])[0].cause


def test_a_loss_below_what_is_possible_is_suspected(recipes):
    below = summary("learning", terms={"loss": 1.2}, anchors=(CHANCE, FLOOR))
    assert "no embedding can reach" in diagnose(below, recipes["simclr"])[0].cause
    above = summary("learning", terms={"loss": 1.6}, anchors=(CHANCE, FLOOR))
    assert diagnose(above, recipes["simclr"])[0].cause == "No sign of trouble."


def test_a_temperature_out_of_place_is_set_right(changed):
    cold = changed("simclr", "objective.loss.temperature", 0.05)
    far = {"alignment": 1.2, "uniformity": -3.8}
    assert edits(diagnose(summary("learning", far), cold)) == [("objective.loss.temperature", 0.2)]
    warm = changed("simclr", "objective.loss.temperature", 1.0)
    close = {"alignment": 0.01, "uniformity": -0.4}
    assert edits(diagnose(summary("learning", close), warm)) == [
        ("objective.loss.temperature", 0.5)
    ]


def test_a_remedy_starts_from_what_was_edited_while_it_trained(recipes):
    edited = Edited(step=50, path="optimizer.learning_rate", value=0.01)
    (found,) = diagnose(summary("stalled", edits=(edited,)), recipes["simclr"])
    assert found.fix.edits == (("optimizer.learning_rate", pytest.approx(0.03)),)


def test_neighbours_worse_than_untrained_are_told_of_once_it_is_not_early(recipes):
    worse = {"knn": 0.30, "untrained_knn": 0.43}
    early = summary("learning", worse, progress=0.1)
    late = summary("learning", worse, progress=0.8)
    assert len(diagnose(early, recipes["simclr"])) == 1
    assert "colour" in diagnose(late, recipes["simclr"])[0].cause


def test_a_narrow_projection_of_wide_embeddings_is_called_normal(recipes):
    narrow = summary("learning", {"rank_share": 0.4, "rank_share_z": 0.03})
    assert "normal work" in diagnose(narrow, recipes["simclr"])[0].cause


def test_numbers_are_put_in_words():
    words = meanings(
        {"spread": 0.9, "rank": 91.0, "rank_share": 0.5, "uniformity": -2.9, "knn": 0.6,
         "untrained_knn": 0.43}
    )  # fmt: skip
    assert words["rank"] == "about 91 directions"
    assert words["uniformity"] == "different images keep apart"
    assert words["knn"] == ".17 gained by training"
    assert meanings({"uniformity": -0.1})["uniformity"] == "different images lie almost together"
    assert meanings({"knn": 0.2}) == {}
    assert meanings({}) == {}


def test_the_latest_reading_counts_and_the_verdicts_own_where_none_came_since():
    found = numbers_of(
        RunSummary(evidence={"spread": 0.1, "untrained_knn": 0.4}, readings={"spread": 0.9})
    )
    assert found == {"spread": 0.9, "untrained_knn": 0.4}
