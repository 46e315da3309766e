from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.sequences import Sequences
from sslstudio.engine.session import Session
from tests.support.runs import small_recipe, small_session, small_store


def clips(images: int = 80):
    """Return generated pictures as clips of eight frames."""
    store = small_store(images)
    rows = torch.arange(images)
    return replace(store, sequences=Sequences(rows // 8, rows % 8, store.train))


def tracking(catalog) -> Session:
    return small_session(catalog, small_recipe(catalog, "tracking", views__1__size=12), clips())


def weights(session: Session) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in session.parts.objective.state_dict().items()}


def test_the_neighbouring_frame_is_a_function_of_seed_and_step(catalog):
    through = tracking(catalog)
    through.parts.objective.train()
    halfway: dict = {}
    for step in range(4):
        if step == 2:
            halfway = copy.deepcopy(through.state())
        torch.manual_seed(step * 17)  # what happened before must not matter
        through.advance()
    resumed = tracking(catalog)
    resumed.restore(halfway)
    resumed.parts.objective.train()
    for _ in range(2):
        resumed.advance()
    ours, theirs = weights(through), weights(resumed)
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_neighbouring_frames_without_sequences_stop_the_first_step(catalog):
    session = small_session(catalog, small_recipe(catalog, "tracking", views__1__size=12))
    with pytest.raises(RecipeError, match="form no sequences"):
        session.advance()


def test_only_labelled_images_enter_supervised_steps(catalog, monkeypatch):
    store = small_store()
    labels = torch.full((len(store.labels),), -1)
    labels[::3] = torch.arange(len(labels[::3])) % 2
    recipe = small_recipe(catalog, "supervised", training__batch_size=6)
    session = small_session(catalog, recipe, replace(store, labels=labels))
    seen: list[int] = []
    terms = session.parts.objective.terms
    monkeypatch.setattr(
        session.parts.objective,
        "terms",
        lambda batch, player: seen.extend(batch.indices.tolist()) or terms(batch, player),
    )
    for _ in range(session.sampler.steps_per_epoch):
        session.advance()
    labelled = (labels[store.train] >= 0).nonzero().flatten().tolist()
    assert session.sampler.count == len(labelled)
    assert len(seen) == len(set(seen)) == len(labelled) // 6 * 6
    assert set(seen) <= set(labelled)


def test_only_chosen_images_enter_exemplar_steps(catalog):
    recipe = small_recipe(catalog, "exemplar", objective__classes=20)
    session = small_session(catalog, recipe)
    assert session.sampler.count == 20
    assert torch.equal(session.members, session.parts.objective.seeds)
    terms = session.advance()
    assert float(terms["loss"]) > 0.0
