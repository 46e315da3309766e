from __future__ import annotations

import copy
import math

import pytest
import torch

from sslstudio.catalog.objectives import bigan
from sslstudio.catalog.objectives.bigan import BiganSpec
from sslstudio.engine.inference_game import DISCRIMINATOR, PAINTERS
from tests.catalog.objectives.tiny import (
    as_they_are,
    batch_of,
    context_for,
    digits,
    optimizers_of,
    step,
    train,
)


def ready(**fields):
    torch.manual_seed(0)
    objective = bigan.build(BiganSpec(**fields), context_for(digits(), views=1))
    objective.before_epoch(0, digits(), torch.Generator())
    return objective


def gradients(objective, player):
    objective.zero_grad()
    objective.terms(batch_of(digits(), torch.arange(32), 1), player)["loss"].backward()
    parts = ("encoder", "head", "generator", "discriminator")
    return {
        name: any(
            p.grad is not None and bool(p.grad.any()) for p in getattr(objective, name).parameters()
        )
        for name in parts
    }


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_each_player_moves_its_own_networks_only(loss):
    objective = ready(loss=loss)
    against = {"encoder": False, "head": False, "generator": False, "discriminator": True}
    assert gradients(objective, DISCRIMINATOR) == against
    assert gradients(objective, PAINTERS) == {name: not moves for name, moves in against.items()}


def test_the_players_turn_leaves_the_discriminator_trainable():
    objective = ready()
    gradients(objective, PAINTERS)
    assert all(p.requires_grad for p in objective.discriminator.parameters())


@pytest.mark.parametrize(
    ("loss", "expected"), [("logistic", (math.log(4), math.log(4))), ("hinge", (2.0, 0.0))]
)
def test_a_discriminator_that_cannot_tell_gives_exactly_the_anchors(loss, expected, monkeypatch):
    objective = ready(loss=loss)
    monkeypatch.setattr(
        objective.discriminator, "forward", lambda x, z: 0.0 * (x.sum() + z.sum(dim=1))[:, None]
    )
    batch = batch_of(digits(), torch.arange(8), 1)
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    for player, value in zip((DISCRIMINATOR, PAINTERS), expected, strict=True):
        got = float(objective.terms(batch, player)["loss"].detach())
        assert got == pytest.approx(value, abs=1e-6)
        assert got == pytest.approx(anchors[f"{player}: loss"], abs=1e-6)


def test_the_discriminator_learns_to_tell_when_the_others_stand_still():
    objective = ready()
    optimizers = {DISCRIMINATOR: optimizers_of(objective, 1e-3)[DISCRIMINATOR]}
    batch = batch_of(digits(), torch.arange(64), 1)
    frozen = copy.deepcopy(objective.generator.state_dict())
    terms = [step(objective, batch, optimizers, seed=number) for number in range(30)]
    assert terms[-1]["accuracy"] > 0.9
    weights = dict(objective.generator.named_parameters())
    assert all(torch.equal(weights[name], frozen[name]) for name in weights)


@pytest.mark.parametrize("loss", ["logistic", "hinge"])
def test_a_short_game_stays_finite_and_paints_images_in_range(loss):
    objective = ready(loss=loss, width=16)
    last = train(objective, digits(), epochs=3, augment=as_they_are, rate=1e-3)
    assert all(math.isfinite(value) for value in last.values())
    objective.eval()
    with torch.no_grad():
        shown = objective.exhibit(batch_of(digits(), torch.arange(16), 1))
        again = objective.exhibit(batch_of(digits(), torch.arange(16), 1))
    assert list(shown) == ["Samples", "Input", "Reconstruction"]
    assert torch.equal(shown["Samples"], again["Samples"])
    torch.testing.assert_close(shown["Input"], digits().pixels[:8])
    assert float(shown["Samples"].std(dim=0).mean()) > 0.0


def test_the_encoder_may_learn_at_a_rate_of_its_own():
    objective = ready(encoder_rate=10.0)
    groups = objective.players()[1].groups
    rates = {id(p): group.rate for group in groups for p in group.parameters}
    networks = (objective.generator, objective.head, objective.encoder)
    for network, rate in zip(networks, (1.0, 1.0, 10.0), strict=True):
        assert {rates.pop(id(p)) for p in network.parameters()} == {rate}
    assert not rates


def test_the_same_generator_draws_the_same_samples():
    objective = ready().eval()
    with torch.no_grad():
        first, again = (objective.samples(5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert first.shape == (5, *digits().pixels.shape[1:])
    assert torch.equal(first, again)
    assert float(first.std(dim=0).mean()) > 0.0


def test_the_discriminator_may_learn_at_a_rate_of_its_own():
    judge, painters = ready(discriminator_rate=3.0).players()
    assert [group.rate for group in judge.groups] == [3.0]
    assert [group.rate for group in painters.groups] == [1.0, 1.0, 1.0]


def test_an_encoder_that_inverts_the_generator_reads_one_and_an_unrelated_one_zero():
    objective = ready().eval()
    noise = torch.randn(500, objective.rules.latent)
    pictures = torch.zeros(500, *digits().pixels.shape[1:])
    objective.project = lambda _h: 3.0 * noise
    assert float(objective._inverted(pictures, noise)) == pytest.approx(1.0)
    objective.project = lambda _h: noise.roll(1, dims=0)
    assert abs(float(objective._inverted(pictures, noise))) < 0.1


def test_asking_for_the_noise_leaves_the_encoder_alone():
    objective = ready()
    before = {name: value.clone() for name, value in objective.encoder.state_dict().items()}
    objective._inverted(
        torch.rand(8, *digits().pixels.shape[1:]), torch.randn(8, objective.rules.latent)
    )
    assert all(
        torch.equal(before[name], value) for name, value in objective.encoder.state_dict().items()
    )
    assert objective.encoder.training
