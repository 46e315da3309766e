from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.objectives import npid
from sslstudio.catalog.objectives.npid import NpidSpec
from tests.catalog.objectives.tiny import (
    batch_of,
    context_for,
    digits,
    jitter,
    optimizers_of,
    step,
    train,
)


def ready(count: int = 200, **fields):
    torch.manual_seed(0)
    return npid.build(NpidSpec(**fields), context_for(digits(count), views=1))


def all_alike(objective) -> None:
    """Let every embedding and every entry of the bank be the same unit vector."""
    torch.nn.init.zeros_(objective.head.weight)
    torch.nn.init.ones_(objective.head.bias)
    objective.bank.vectors.copy_(F.normalize(torch.ones_like(objective.bank.vectors), dim=1))


@pytest.mark.parametrize("estimator", ["full", "nce", "sampled"])
def test_embeddings_that_are_all_alike_cost_exactly_the_chance_anchor(estimator):
    objective = ready(estimator=estimator, negatives=32)
    all_alike(objective)
    loss = objective.terms(batch_of(digits(200), torch.arange(16), 1), "model")["loss"]
    (anchor,) = objective.anchors()
    assert float(loss) == pytest.approx(anchor.value, rel=1e-5)
    if estimator != "nce":
        assert anchor.value == pytest.approx(math.log(200))


@pytest.mark.parametrize("estimator", ["full", "nce", "sampled"])
def test_it_learns_to_find_each_image_again(estimator):
    objective = ready(500, estimator=estimator, negatives=128)
    last = train(objective, digits(500), epochs=8, augment=jitter)
    (anchor,) = objective.anchors()
    assert last["loss"] < 0.7 * anchor.value
    bank = objective.bank.vectors
    objective.eval()
    with torch.no_grad():
        z = objective.project(objective.encoder(digits(500).normalised(digits(500).pixels)))
    rank = (z @ bank.T > (z * bank).sum(dim=1, keepdim=True)).sum(dim=1).float()
    assert float(rank.median()) < 25


def test_the_sampled_loss_estimates_the_full_one():
    images = digits(200)
    losses = {}
    for estimator in ("full", "sampled"):
        objective = ready(estimator=estimator, negatives=4096, temperature=0.5)
        objective.before_epoch(0, images, torch.Generator())
        losses[estimator] = float(objective.terms(batch_of(images, torch.arange(64)), "")["loss"])
    assert losses["sampled"] == pytest.approx(losses["full"], abs=0.02)


def test_the_full_loss_is_minus_the_log_of_equation_two():
    objective = ready(estimator="full", temperature=0.3)
    batch = batch_of(digits(200), torch.tensor([3, 77, 150]), 1)
    objective.eval()
    loss = float(objective.terms(batch, "model")["loss"])
    z = objective.project(objective.encoder(batch.views[0]))
    expected = []
    for row, index in enumerate(batch.indices):
        scores = torch.stack([(v * z[row]).sum() / 0.3 for v in objective.bank.vectors])
        expected.append(-(scores[index].exp() / scores.exp().sum()).log())
    assert loss == pytest.approx(float(torch.stack(expected).mean()), rel=1e-5)


def test_the_bank_follows_after_the_step_with_momentum_and_only_where_images_were_seen():
    images = digits(200)
    objective = ready(momentum=0.5)
    rows = torch.tensor([5, 9, 100])
    before = objective.bank.vectors.clone()
    objective.eval()
    objective.bank.train()  # looking alone moves nothing; norms that stand still make z exact
    batch = batch_of(images, rows, 1)
    z = objective.project(objective.encoder(batch.views[0])).detach()
    objective.terms(batch, "model")
    assert torch.equal(objective.bank.vectors, before)
    objective.after_step(0.0)
    expected = F.normalize(0.5 * before[rows] + 0.5 * z, dim=1)
    torch.testing.assert_close(objective.bank.vectors[rows], expected)
    untouched = torch.ones(200, dtype=torch.bool).index_fill(0, rows, value=False)
    assert torch.equal(objective.bank.vectors[untouched], before[untouched])


def test_the_normaliser_of_nce_is_estimated_once_and_kept():
    images = digits(200)
    objective = ready(estimator="nce", negatives=64)
    optimizers = optimizers_of(objective, 1e-3)
    step(objective, batch_of(images, torch.arange(64)), optimizers)
    first = objective.contrast.log_normaliser.clone()
    step(objective, batch_of(images, torch.arange(64, 128)), optimizers)
    assert first.isfinite()
    assert torch.equal(objective.contrast.log_normaliser, first)


@pytest.mark.parametrize(("count", "chosen"), [(20_000, "full"), (20_001, "nce")])
def test_the_denominator_follows_the_number_of_images(count, chosen):
    objective = npid.InstanceDiscrimination(NpidSpec(dim=8), context_for(digits()).encoder, count)
    assert objective.contrast.estimator == chosen


def test_the_proximal_term_pulls_embeddings_towards_their_entries():
    images = digits(200)
    plain, tied = ready(), ready(proximal=10.0)
    batch = batch_of(images, torch.arange(32))
    first, second = plain.terms(batch, "model"), tied.terms(batch, "model")
    distance = 2.0 * (1.0 - float(second["agreement"]))
    difference = float(second["loss"].detach() - first["loss"].detach())
    assert difference == pytest.approx(10.0 * distance, rel=1e-4)
