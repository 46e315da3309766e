from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence

from sslstudio.catalog.objectives import vae
from sslstudio.catalog.objectives.vae import VaeSpec
from tests.catalog.objectives.tiny import batch_of, context_for, digits, train


def ready(images=None, **fields):
    torch.manual_seed(0)
    images = images or digits()
    spec = VaeSpec(**{"latent": 6, "decoder_width": 8, **fields})
    objective = vae.build(spec, context_for(images, views=1))
    objective.before_epoch(0, images, torch.Generator())
    return objective


def with_distribution(objective, mean, deviation, monkeypatch):
    """Let the head answer with this mean and deviation for every image  # each (batch, latent)."""
    answer = torch.cat([mean, 2.0 * deviation.log()], dim=1)
    monkeypatch.setattr(objective.head.layer, "forward", lambda _h: answer)


def test_the_kl_term_is_the_closed_form_of_torch(monkeypatch):
    objective = ready()
    mean, deviation = torch.randn(64, 6), torch.rand(64, 6) + 0.1
    with_distribution(objective, mean, deviation, monkeypatch)
    terms = objective.terms(batch_of(digits(), torch.arange(64), 1), "model")
    expected = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0)).sum(dim=1).mean()
    assert float(terms["kl"]) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_the_loss_is_the_bound_in_nats_for_each_image(likelihood, monkeypatch):
    images = digits()
    objective = ready(likelihood=likelihood, noise=0.2, beta=3.0)
    painted = torch.rand(64, 1, 8, 8) * 0.8 + 0.1
    monkeypatch.setattr(objective.decoder, "forward", lambda _z: painted.logit())
    with torch.no_grad():
        terms = objective.terms(batch_of(images, torch.arange(64), 1), "model")
    clean = images.pixels[:64]
    if likelihood == "gaussian":
        constant = float(torch.log(torch.tensor(0.2)) + 0.5 * torch.log(torch.tensor(2 * torch.pi)))
        nats = -Normal(painted, 0.2).log_prob(clean) - constant
    else:
        nats = F.binary_cross_entropy(painted, clean, reduction="none")
    expected = float(nats.flatten(1).sum(dim=1).mean())
    assert float(terms["reconstruction"]) == pytest.approx(expected, rel=1e-5)
    assert float(terms["loss"]) == pytest.approx(expected + 3.0 * float(terms["kl"]), rel=1e-5)


def test_a_posterior_equal_to_the_prior_costs_nothing_and_has_no_active_unit(monkeypatch):
    objective = ready()
    with_distribution(objective, torch.zeros(64, 6), torch.ones(64, 6), monkeypatch)
    terms = objective.terms(batch_of(digits(), torch.arange(64), 1), "model")
    collapse = {a.term: a.value for a in objective.anchors() if a.kind == "collapse"}
    assert collapse == {"kl": 0.0, "active units": 0.0}
    assert float(terms["kl"]) == pytest.approx(0.0, abs=1e-6)
    assert float(terms["active units"]) == 0.0


def test_units_whose_mean_varies_by_more_than_a_hundredth_are_active(monkeypatch):
    objective = ready()
    signs = torch.tensor([1.0, -1.0]).repeat(32)[:, None]
    # Variances .0081, .0121, 0, 1, .0099, .04: three of them above .01.
    mean = signs * torch.tensor([0.09, 0.11, 0.0, 1.0, 0.0995, 0.2])
    with_distribution(objective, mean, torch.ones(64, 6), monkeypatch)
    terms = objective.terms(batch_of(digits(), torch.arange(64), 1), "model")
    assert float(terms["active units"]) == 3.0


def test_free_bits_spare_the_units_below_them_on_average(monkeypatch):
    objective = ready(free_bits=0.5)
    mean = torch.zeros(64, 6)
    mean[:, 0], mean[:32, 1] = 3.0, 1.0  # KL 4.5 everywhere, and .5 in half of the images
    with_distribution(objective, mean, torch.ones(64, 6), monkeypatch)
    terms = objective.terms(batch_of(digits(), torch.arange(64), 1), "model")
    price = float((terms["loss"] - terms["reconstruction"]).detach())
    assert price == pytest.approx(4.5 + 5 * 0.5, rel=1e-4)
    assert float(terms["kl"]) == pytest.approx(4.5 + 0.25, rel=1e-5)


def test_codes_are_drawn_around_the_mean_with_the_given_deviation(monkeypatch):
    objective, seen = ready(), []
    mean = torch.full((500, 6), 2.0)
    with_distribution(objective, mean, torch.full((500, 6), 0.3), monkeypatch)
    forward = objective.decoder.forward
    monkeypatch.setattr(objective.decoder, "forward", lambda z: forward(seen.append(z) or z))
    objective.terms(batch_of(digits(), torch.arange(500), 1), "model")
    assert float(seen[0].mean()) == pytest.approx(2.0, abs=0.03)
    assert float(seen[0].std()) == pytest.approx(0.3, abs=0.02)


def test_gradients_reach_the_encoder_through_mean_and_deviation():
    objective = ready()
    objective.terms(batch_of(digits(), torch.arange(64), 1), "model")["reconstruction"].backward()
    mean, spread = objective.head.layer.weight.grad.chunk(2)
    assert bool(mean.any())
    assert bool(spread.any())
    assert all(bool(p.grad.any()) for p in objective.encoder.parameters())


def test_what_is_projected_is_the_mean():
    objective = ready()
    h = torch.randn(5, objective.encoder.dim)
    assert torch.equal(objective.project(h), objective.head.layer(h)[:, :6])


def test_it_paints_digits_better_than_their_mean_image_and_uses_its_code():
    images = digits()
    last = train(ready(images, noise=0.2), images, epochs=8)
    assert last["explained"] > 0.1
    assert last["kl"] > 1.0
    assert last["active units"] >= 2


def test_a_high_beta_silences_the_code():
    images = digits()
    kls = {beta: train(ready(images, beta=beta), images, epochs=4)["kl"] for beta in (1.0, 100.0)}
    assert kls[100.0] < 0.2 * kls[1.0]


def test_samples_are_the_same_each_time_and_change_with_the_weights():
    objective = ready()
    objective.eval()
    batch = batch_of(digits(), torch.arange(16), 1)
    with torch.no_grad():
        first, second = objective.exhibit(batch), copy.deepcopy(objective).exhibit(batch)
    assert list(first) == ["Input", "Reconstruction", "Samples"]
    assert all(torch.equal(first[name], second[name]) for name in first)
    torch.testing.assert_close(first["Input"], digits().pixels[:8])
