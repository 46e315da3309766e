"""Several small runs one after the other, with what becomes of them."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sslstudio.domain.errors import RunError
from sslstudio.domain.events import Finished, Stepped
from sslstudio.domain.recipe import DataSpec
from sslstudio.domain.sweep import Axis, Factor, trials_of
from sslstudio.services.datasets import ImageSet
from sslstudio.services.presets import load_presets
from sslstudio.services.runs import sweep as sweeping
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.library import RunLibrary
from sslstudio.services.runs.runner import RunControl
from sslstudio.services.runs.sweep import Sweep
from sslstudio.services.runs.sweep_place import place_of, places_of
from tests.pictures import as_bytes, pictures
from tests.support.runs import small_recipe

COUNT = 60
TEMPERATURE = Axis(paths=("objective.loss.temperature",), values=(0.1, 0.5, 1.0))


def images(_data: DataSpec) -> ImageSet:
    return ImageSet(
        source="pictures",
        name="pictures",
        images=as_bytes(pictures(COUNT, 16)).numpy(),
        paths=tuple(f"{number}.png" for number in range(COUNT)),
        labels=np.arange(COUNT, dtype=np.int64) % 2,
        class_names=("even", "odd"),
        split=(np.arange(COUNT) % 6 == 5).astype(np.int8),
        original_sizes=np.full((COUNT, 2), 16, dtype=np.int32),
    )


@pytest.fixture
def library(catalog, tmp_path):
    return RunLibrary(tmp_path / "runs", catalog)


@pytest.fixture
def sweep(library):
    return Sweep(library=library, images=images, device="cpu")


@pytest.fixture
def trials(catalog):
    recipe = small_recipe(catalog, "infomin", training__budget={"unit": "steps", "amount": 2})
    return trials_of(recipe, [TEMPERATURE], catalog.kinds)


def test_every_value_gets_an_ordinary_run_with_its_final_readings(sweep, trials, library, catalog):
    tried = list(sweep.run(trials, RunControl()))
    assert [one.trial.value for one in tried] == [0.1, 0.5, 1.0]
    for one in tried:
        assert one.summary.outcome == "done"
        assert one.summary.step == 2
        assert {"knn", "mutual_information"} <= one.summary.readings.keys()
        assert one.folder.recipe(catalog) == one.trial.recipe
    cards = {card.id: card for card in library.cards()}
    assert {card.state for card in cards.values()} == {"done"}
    assert [cards[one.folder.id].name for one in tried] == [
        f"temperature {value}, InfoMin" for value in ("0.1", "0.5", "1")
    ]


def test_a_run_knows_its_place_in_the_sweep(sweep, trials, library):
    tried = list(sweep.run(trials, RunControl()))
    places = [place_of(RunFolder.open(one.folder.path)) for one in tried]
    assert places == [one.place for one in tried]
    assert [(place.position, place.count, place.value) for place in places] == [
        (1, 3, 0.1),
        (2, 3, 0.5),
        (3, 3, 1.0),
    ]
    assert len({place.sweep for place in places}) == 1
    assert {card.sweep.label for card in library.cards()} == {"temperature"}
    assert places_of(trials)[0].sweep != places[0].sweep
    environment = json.loads((tried[0].folder.path / "env.json").read_text())
    del environment["sweep"]["value"]
    (tried[0].folder.path / "env.json").write_text(json.dumps(environment))
    assert place_of(tried[0].folder) is None


def test_what_fails_does_not_keep_the_others(sweep, trials, monkeypatch):
    begin = sweeping.begin

    def begun(recipe, *rest):
        if recipe.objective.loss.temperature == 0.1:
            raise RunError("These weights do not fit.", "Use others.")
        if recipe.objective.loss.temperature == 0.5:
            raise MemoryError
        return begin(recipe, *rest)

    monkeypatch.setattr(sweeping, "begin", begun)
    tried = list(sweep.run(trials, RunControl()))
    assert [one.summary.outcome for one in tried] == ["failed", "failed", "done"]
    assert (tried[0].summary.message, tried[0].folder) == ("These weights do not fit.", None)
    assert "not enough memory" in tried[1].summary.message
    assert len(sweep.library.cards()) == 1


def test_a_run_that_diverges_is_told_and_the_next_one_begins(sweep, trials):
    broken = trials[0].recipe.optimizer.model_copy(update={"learning_rate": float("inf")})
    first = replace(trials[0], recipe=trials[0].recipe.model_copy(update={"optimizer": broken}))
    tried = list(sweep.run((first, *trials[1:]), RunControl()))
    assert [one.summary.outcome for one in tried] == ["failed", "done", "done"]
    assert "not a number" in tried[0].summary.message


def test_an_error_of_ours_is_not_taken_for_a_failed_run(sweep, trials, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(sweeping, "begin", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        list(sweep.run(trials, RunControl()))


def test_stopping_ends_the_run_with_a_checkpoint_and_the_sweep_with_it(sweep, catalog):
    recipe = small_recipe(catalog, training__budget={"unit": "steps", "amount": 5000})
    control, heard = RunControl(), []

    def hear(place, event):
        heard.append((place.position, event))
        if isinstance(event, Stepped):
            control.stop()

    sweep.heard = hear
    (tried,) = sweep.run(trials_of(recipe, [TEMPERATURE], catalog.kinds), control)
    assert tried.summary.outcome == "stopped"
    assert tried.folder.checkpoint_steps() == (tried.summary.step,)
    assert [place for place, event in heard if isinstance(event, Finished)] == [1]
    assert list(sweep.run(trials_of(recipe, [TEMPERATURE], catalog.kinds), control)) == []


def test_all_runs_compute_in_the_precision_that_the_first_one_found(sweep, trials, monkeypatch):
    begin, asked = sweeping.begin, []

    def begun(recipe, catalog, data, device):
        asked.append(device)
        return begin(recipe, catalog, data, device)

    monkeypatch.setattr(sweeping, "begin", begun)
    tried = list(sweep.run(trials, RunControl()))
    assert asked[0] == "cpu"
    computes = [one.folder.environment()["compute"] for one in tried]
    assert computes[0] == computes[1] == computes[2]
    assert [type(device).__name__ for device in asked] == ["str", "Compute", "Compute"]


def test_only_training_differs_between_the_runs(sweep, catalog):
    """The same recipe twice gives the same numbers."""
    recipe = small_recipe(catalog, "simclr", training__budget={"unit": "steps", "amount": 2})
    same = trials_of(recipe, [Axis(paths=("seed",), values=(4, 4))], catalog.kinds)
    first, second = (one.summary.readings for one in sweep.run(same, RunControl()))
    assert first == second


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("source", ["shapes", "digits"])
def test_what_presets_suggest_to_vary_can_be_varied_and_changes_the_views(catalog, source, device):
    suggested = [preset for preset in load_presets() if preset.sweep is not None]
    assert "infomin" in {preset.id for preset in suggested}
    for preset in suggested:
        recipe = preset.recipe_for(catalog, DataSpec(source=source), device)
        made = trials_of(recipe, [preset.sweep.axis()], catalog.kinds)
        assert len({trial.recipe.model_dump_json(exclude={"name"}) for trial in made}) == len(made)
        strengths = [trial.recipe.views[0].pipeline[2].brightness for trial in made]
        assert strengths == sorted(set(strengths))
        assert recipe.model_copy(update={"name": ""}) in [
            trial.recipe.model_copy(update={"name": ""}) for trial in made
        ]
        assert all(isinstance(value, Factor) for value in preset.sweep.axis().values)
