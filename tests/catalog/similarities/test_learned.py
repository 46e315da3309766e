"""Similarities with parameters: who moves them, and what a checkpoint and the plots know."""

from __future__ import annotations

import math

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.losses.negative_cosine import NegativeCosine, NegativeCosineSpec
from sslstudio.catalog.similarities.bilinear import Bilinear
from sslstudio.catalog.similarities.mlp import PairMlp, PairMlpSpec
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.loop import train
from tests.catalog.losses.clouds import random_views
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session

KINDS = ["bilinear", "mlp"]


def session_with(catalog, kind, **changes):
    return small_session(catalog, small_recipe(catalog, objective__similarity=kind, **changes))


def test_bilinear_is_a_product_through_the_matrix():
    form = Bilinear(4)
    first, second = random_views(2, 5, 4)
    torch.testing.assert_close(form.matrix(first, second), first @ second.T / 2.0)
    with torch.no_grad():
        form.weight.copy_(torch.randn(4, 4))
    expected = torch.stack([torch.stack([a @ form.weight @ b for b in second]) for a in first])
    torch.testing.assert_close(form.matrix(first, second), expected)


def test_the_network_sees_both_vectors_side_by_side():
    network = PairMlp(PairMlpSpec(hidden=6), 4)
    first, second = random_views(2, 5, 4)
    weight = torch.cat([network.first.weight, network.second.weight], dim=1)  # on [a, b]
    for i, j in ((0, 0), (1, 4), (3, 2)):
        hidden = (weight @ torch.cat([first[i], second[j]]) + network.first.bias).relu()
        expected = network.score.weight[0] @ hidden + network.score.bias[0]
        torch.testing.assert_close(network.matrix(first, second)[i, j], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimizer_has_each_parameter_once_and_moves_it(catalog, kind):
    session = session_with(catalog, kind)
    objective = session.parts.objective
    (player,) = objective.players()
    shared = [id(p) for group in player.groups for p in group.parameters]
    own = list(objective.similarity.parameters())
    assert own
    assert all(shared.count(id(p)) == 1 for p in own)
    before = [p.detach().clone() for p in own]
    session.advance()
    session.advance()
    moved = [not torch.equal(p, old) for p, old in zip(own, before, strict=True)]
    # A constant added to every similarity changes no softmax: the last bias stands still.
    assert sum(moved) >= len(moved) - 1


@pytest.mark.parametrize("kind", KINDS)
def test_resume_is_exact_to_the_bit(catalog, kind):
    whole = session_with(catalog, kind)
    list(train(whole, MemoryKeep(), Script()))
    keep = MemoryKeep()
    list(train(session_with(catalog, kind), keep, Script(stop_at=3)))
    second = session_with(catalog, kind)
    second.restore(unflatten(*keep.checkpoints[3]))
    list(train(second, MemoryKeep(), Script()))
    expected = whole.parts.objective.similarity.state_dict()
    found = second.parts.objective.similarity.state_dict()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


@pytest.mark.parametrize("kind", KINDS)
def test_the_plots_draw_the_collapse_and_no_floor(catalog, kind):
    objective = session_with(catalog, kind).parts.objective
    (anchor,) = objective.anchors()
    assert anchor.kind == "collapse"
    assert anchor.value == pytest.approx(math.log(2 * 16 - 1))
    alike = torch.ones(16, objective.projector.dim)
    with torch.no_grad():
        terms = objective.loss.terms((alike, alike), (alike, alike), objective.similarity, None)
    assert float(terms["loss"]) == pytest.approx(anchor.value, abs=1e-5)


def test_a_loss_over_pairs_asks_a_lopsided_similarity_both_ways():
    form = Bilinear(4)
    with torch.no_grad():
        form.weight.copy_(torch.randn(4, 4, generator=torch.Generator().manual_seed(1)))
    first, second = random_views(2, 5, 4)
    loss = NegativeCosine(NegativeCosineSpec())
    one = float(loss.terms((first, second), (first, second), form, None)["loss"].detach())
    other = float(loss.terms((second, first), (second, first), form, None)["loss"].detach())
    assert one == pytest.approx(other, rel=1e-6)
    assert float(form.pairs(first, second).mean()) != pytest.approx(-one, rel=1e-2)


@pytest.mark.parametrize("build", [lambda: Bilinear(4), lambda: PairMlp(PairMlpSpec(), 4)])
def test_nothing_stays_behind_on_the_cpu(build):
    with FakeTensorMode(), torch.device("cuda"):
        similarity = build()
        first, second = torch.empty(5, 4), torch.empty(7, 4)
        assert similarity.matrix(first, second).device.type == "cuda"
        assert similarity.matrix(first, second).shape == (5, 7)
        assert similarity.pairs(first, first).shape == (5,)
