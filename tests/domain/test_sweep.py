import pytest

from sslstudio.domain.edits import with_value
from sslstudio.domain.errors import InputError, RecipeError
from sslstudio.domain.sweep import Axis, Factor, trials_of, values_in
from tests.support.runs import small_recipe

TEMPERATURE = "objective.loss.temperature"
JITTER = "views.0.pipeline.2"
CROP_SCALE = "views.0.pipeline.0.scale"


@pytest.fixture
def recipe(catalog):
    return small_recipe(catalog, "simclr", views__0__pipeline__2__hue=0.2)


def axis(*paths, values, label=""):
    return Axis(paths=paths, values=values, label=label)


def test_each_value_makes_a_recipe_that_differs_in_it_and_in_its_name(recipe, catalog):
    trials = trials_of(recipe, [axis(TEMPERATURE, values=(0.1, 0.5))], catalog.kinds)
    assert [trial.recipe.objective.loss.temperature for trial in trials] == [0.1, 0.5]
    assert [trial.recipe.name for trial in trials] == [
        "temperature 0.1, SimCLR",
        "temperature 0.5, SimCLR",
    ]
    assert [(trial.label, trial.value) for trial in trials] == [
        ("temperature", 0.1),
        ("temperature", 0.5),
    ]
    back = trials[0].recipe.model_copy(update={"name": recipe.name, "objective": recipe.objective})
    assert back == recipe


def test_a_factor_multiplies_what_the_recipe_has_and_stops_at_the_fields_limits(recipe, catalog):
    paths = (f"{JITTER}.brightness", f"{JITTER}.hue")
    strengths = axis(*paths, values=(Factor(0.5), Factor(4.0)))
    half, most = trials_of(recipe, [strengths], catalog.kinds)
    before = recipe.views[0].pipeline[2]
    assert half.changes == {paths[0]: before.brightness / 2, paths[1]: 0.1}
    assert half.words == "color jitter ×0.5"
    assert (half.value, most.value) == (0.5, 4.0)
    assert most.recipe.views[0].pipeline[2].hue == 0.5
    assert most.recipe.views[0].pipeline[2].brightness == min(2.0, 4 * before.brightness)


def test_factors_take_whole_numbers_and_pairs(recipe, catalog):
    low, high = recipe.views[0].pipeline[0].scale
    batch, crop = "training.batch_size", CROP_SCALE
    trials = trials_of(
        recipe,
        [axis(batch, values=(Factor(0.3), Factor(2))), axis(crop, values=(Factor(1), Factor(0.5)))],
        catalog.kinds,
    )
    assert [trial.recipe.training.batch_size for trial in trials] == [5, 32]
    assert trials[1].recipe.views[0].pipeline[0].scale == (low / 2, high / 2)
    assert trials[1].words == "batch size ×2, scale ×0.5"


def test_words_of_digits_may_be_written_as_numbers(recipe, catalog):
    deep = with_value(recipe, "encoder", "resnet", catalog.kinds)
    trials = trials_of(deep, [axis("encoder.depth", values=(18, "50"))], catalog.kinds)
    assert [trial.recipe.encoder.depth for trial in trials] == ["18", "50"]


def test_axes_move_together_and_parts_may_be_values(recipe, catalog):
    target = axis("objective.target", values=("same", {"kind": "momentum"}))
    trials = trials_of(recipe, [target, axis("seed", values=(3, 4))], catalog.kinds)
    assert [trial.recipe.objective.target.kind for trial in trials] == ["same", "momentum"]
    assert [trial.recipe.seed for trial in trials] == [3, 4]
    assert [trial.words for trial in trials] == ["target same, seed 3", "target momentum, seed 4"]
    crop = axis("views.0.pipeline.0", values=("crop", "centre-crop"))
    assert trials_of(recipe, [crop], catalog.kinds)[0].words == "random resized crop crop"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.1, 2", (0.1, 2)),
        ("x0.5,×2 ,x.25", (Factor(0.5), Factor(2.0), Factor(0.25))),
        ("[0.2, 1], [0.5, 1]", ([0.2, 1], [0.5, 1])),
        ("same, stop-gradient", ("same", "stop-gradient")),
        ("true, false", (True, False)),
        ('{"kind": "dcl"}, "nt-xent"', ({"kind": "dcl"}, "nt-xent")),
        ("", ()),
    ],
)
def test_values_are_read_as_a_person_writes_them(text, values):
    assert values_in(text) == values


@pytest.mark.parametrize(
    ("axes", "error", "words"),
    [
        ([axis(TEMPERATURE, values=(0.1,))], InputError, "two values or more"),
        (
            [axis(TEMPERATURE, values=(0.1, 0.2)), axis("seed", values=(1, 2, 3))],
            InputError,
            "2, 3",
        ),
        ([axis("objective.heat", values=(1, 2))], RecipeError, "objective.heat"),
        ([axis("seed", values=(1, -2))], RecipeError, "seed"),
        ([axis("name", values=(Factor(1), Factor(2)))], RecipeError, "only a number"),
    ],
)
def test_what_makes_no_sweep_is_refused_with_its_place(recipe, catalog, axes, error, words):
    with pytest.raises(error) as refusal:
        trials_of(recipe, axes, catalog.kinds)
    assert words in str(refusal.value)


def test_names_are_never_too_long_for_a_recipe(recipe, catalog):
    long = recipe.model_copy(update={"name": "n" * 199})
    first, _ = trials_of(long, [axis("seed", values=(1, 2))], catalog.kinds)
    assert len(first.recipe.name) == 200
    assert first.recipe.name.startswith("seed 1, nnn")
    assert type(first.recipe).model_validate(
        first.recipe.model_dump(mode="json"), context={"kinds": catalog.kinds}
    )
