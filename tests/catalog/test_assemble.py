"""Building a recipe's parts beside a training that goes on must not change a bit of it."""

from __future__ import annotations

import pytest
import torch

from sslstudio.catalog.assemble import assemble, build_kept
from sslstudio.services.presets import load_presets
from tests.support.runs import small_recipe, small_session, small_store

CPU = torch.device("cpu")
PRESETS = sorted(preset.id for preset in load_presets())


def state_of(objective) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in objective.state_dict().items()}


def same(first, second) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@pytest.mark.parametrize("preset", ["vae", "mae", "jigsaw", "npid-plus"])
def test_a_network_built_within_a_step_changes_no_number_of_it(catalog, preset, monkeypatch):
    recipe, facts = small_recipe(catalog, preset), small_store().facts()
    other = small_recipe(catalog, "simclr", seed=5)
    alone, disturbed = small_session(catalog, recipe), small_session(catalog, recipe)
    terms = disturbed.parts.objective.terms

    def while_another_is_built(batch, player):
        build_kept(other, catalog, facts)
        found = terms(batch, player)
        assemble(other, catalog, facts, CPU)
        return found

    monkeypatch.setattr(disturbed.parts.objective, "terms", while_another_is_built)
    for session in (alone, disturbed):
        session.parts.objective.train()
        for _ in range(2):
            session.advance()
    assert same(state_of(alone.parts.objective), state_of(disturbed.parts.objective))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_seed_alone_decides_the_weights_and_torchs_generator_is_left_alone(catalog, preset):
    recipe, facts = small_recipe(catalog, preset), small_store().facts()
    states = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        states.append(state_of(assemble(recipe, catalog, facts, CPU).objective))
        assert torch.equal(torch.get_rng_state(), before)
    assert same(*states)
    if recipe.objective.trainable:
        another = recipe.model_copy(update={"seed": recipe.seed + 1})
        assert not same(states[0], state_of(assemble(another, catalog, facts, CPU).objective))


@pytest.mark.parametrize("kind", ["resnet", "vit", "timm", "convnet"])
def test_every_network_can_be_built_so(catalog, kind):
    recipe = small_recipe(catalog, encoder={"kind": kind}, training__batch_size=4)
    before = torch.get_rng_state()
    kept, _ = build_kept(recipe, catalog, small_store().facts())
    again, _ = build_kept(recipe, catalog, small_store().facts())
    assert torch.equal(torch.get_rng_state(), before)
    assert same(state_of(kept), state_of(again))
