import itertools
import math

import pytest
import torch

from sslstudio.domain.errors import TrainingError
from sslstudio.domain.events import Edited, Finished, Measured, Saved, Shown, Started, Stepped
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.loop import finite, train
from sslstudio.engine.plan import Edit
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session

PRESETS = (
    "simclr", "byol", "simsiam", "vicreg", "barlow-twins", "rotation", "denoising-autoencoder",
    "contractive-autoencoder", "inpainting", "vae", "mae", "bigbigan",
    "npid", "deepcluster-v2", "bigan", "pca", "w-mse", "emp-ssl", "lejepa", "dino", "swav",
    "siamese-margin", "triplet", "exemplar-triplet", "nce", "dcl", "moco", "moco-v2", "moco-v3",
    "nnclr", "npid-plus", "infomin", "fourier",
)  # fmt: skip


def weights(session):
    return {k: v.clone() for k, v in session.parts.objective.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_trains_measures_and_ends(catalog, preset):
    session = small_session(catalog, small_recipe(catalog, preset))
    keep = MemoryKeep()
    events = list(train(session, keep, Script()))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert events[-1].outcome == "done"
    assert session.progress == 1.0
    steps = [e for e in events if isinstance(e, Stepped)]
    assert all(math.isfinite(value) for e in steps for value in e.terms.values())
    assert any(isinstance(e, Measured) for e in events)
    assert [e for e in events if isinstance(e, Saved)][-1].step == session.step
    assert set(keep.checkpoints) >= {session.step}


@pytest.mark.parametrize("preset", [p for p in PRESETS if p not in {"pca", "fourier"}])
def test_resumed_weights_equal_the_uninterrupted_runs_to_the_bit(catalog, preset):
    recipe = small_recipe(catalog, preset)
    whole = small_session(catalog, recipe)
    list(train(whole, MemoryKeep(), Script()))

    keep = MemoryKeep()
    first = small_session(catalog, recipe)
    events = list(train(first, keep, Script(stop_at=3)))
    assert events[-1].outcome == "stopped"
    assert first.step == 3
    second = small_session(catalog, recipe)
    second.restore(unflatten(*keep.checkpoints[3]))
    list(train(second, MemoryKeep(), Script()))
    assert second.step == whole.step
    assert same(weights(second), weights(whole))


@pytest.mark.parametrize("preset", ["simclr", "mae", "rotation", "sela", "swav"])
def test_looking_at_the_model_changes_nothing(catalog, preset):
    recipe = small_recipe(catalog, preset)
    watched, alone = small_session(catalog, recipe), small_session(catalog, recipe)
    for session in (watched, alone):
        session.parts.objective.train()
    for _ in range(4):
        watched.observer.measure(watched.step, with_bank=True)
        watched.observer.pictures()
        watched.advance()
        alone.advance()
    assert same(weights(watched), weights(alone))


def test_another_seed_gives_another_run(catalog):
    sessions = [small_session(catalog, small_recipe(catalog, seed=seed)) for seed in (0, 0, 1)]
    for session in sessions:
        list(train(session, MemoryKeep(), Script()))
    assert same(weights(sessions[0]), weights(sessions[1]))
    assert not same(weights(sessions[0]), weights(sessions[2]))


def test_the_rate_reaches_zero_when_the_budget_ends(catalog):
    session = small_session(catalog, small_recipe(catalog))
    steps = [e for e in train(session, MemoryKeep(), Script()) if isinstance(e, Stepped)]
    assert steps[-1].progress == 1.0
    assert steps[-1].learning_rate == 0.0


def test_a_budget_of_minutes_is_not_used_up_by_the_first_look(catalog, monkeypatch):
    budget = {"unit": "minutes", "amount": 0.01}
    session = small_session(catalog, small_recipe(catalog, training__budget=budget))
    seen = []
    measure = session.observer.measure

    def watched(step, *, with_bank):
        seen.append(session.watch.seconds)
        return measure(step, with_bank=with_bank)

    monkeypatch.setattr(session.observer, "measure", watched)
    list(train(session, MemoryKeep(), Script()))
    assert seen[0] == 0.0
    assert session.step > 0


def test_a_live_edit_is_an_event_and_survives_resume(catalog):
    recipe = small_recipe(catalog)
    keep = MemoryKeep()
    session = small_session(catalog, recipe)
    edit = Edit("objective.loss.temperature", 0.5)
    events = list(train(session, keep, Script(stop_at=4, edits={2: edit})))
    (edited,) = [e for e in events if isinstance(e, Edited)]
    assert (edited.step, edited.path, edited.value) == (2, edit.path, 0.5)
    again = small_session(catalog, recipe)
    again.restore(unflatten(*keep.checkpoints[4]))
    assert again.parts.objective.loss.spec.temperature == 0.5


@pytest.mark.parametrize("preset", ["simclr", "bigan"])
def test_a_loss_that_is_no_number_stops_training_with_a_sentence(catalog, preset):
    session = small_session(catalog, small_recipe(catalog, preset))
    with torch.no_grad():
        next(session.parts.objective.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match="not a number any more at step"):
        list(train(session, MemoryKeep(), Script()))


def test_held_out_and_validation_images_never_give_gradients(catalog):
    session = small_session(catalog, small_recipe(catalog))
    store = session.plan.store
    seen = set()
    for step in range(3 * session.sampler.steps_per_epoch):
        seen.update(store.train[session.sampler.indices(step)].tolist())
    assert seen.isdisjoint(store.held_out.tolist())
    assert seen.isdisjoint(store.validation.tolist())
    assert len(seen) > len(store.train) * 0.9


def test_an_epoch_shows_each_image_at_most_once(catalog):
    sampler = small_session(catalog, small_recipe(catalog)).sampler
    steps = range(sampler.steps_per_epoch)
    rows = list(itertools.chain.from_iterable(sampler.indices(s).tolist() for s in steps))
    assert len(rows) == len(set(rows))


def test_pictures_show_a_pair_with_its_numbers(catalog):
    session = small_session(catalog, small_recipe(catalog))
    keep = MemoryKeep()
    shown = [e for e in train(session, keep, Script()) if isinstance(e, Shown)]
    assert {"cosine", "hardest_negative"} <= set(shown[-1].numbers)
    assert keep.shown[shown[-1].step]["view_a"].shape == (12, 12, 3)


def test_numbers_that_are_none_are_left_out_of_events():
    assert finite({"a": float("nan"), "b": 1.0, "c": float("inf")}) == {"b": 1.0}


def test_grey_images_train_as_well(catalog):
    from tests.support.runs import small_store

    recipe = small_recipe(catalog, data__channels="gray")
    session = small_session(catalog, recipe, small_store(channels=1))
    events = list(train(session, MemoryKeep(), Script()))
    assert events[-1].outcome == "done"
