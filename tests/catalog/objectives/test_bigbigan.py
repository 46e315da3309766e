from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.objectives import bigbigan
from sslstudio.catalog.objectives.bigbigan import BigbiganSpec
from sslstudio.engine.inference_game import DISCRIMINATOR, PAINTERS
from tests.catalog.objectives.tiny import batch_of, context_for, digits, optimizers_of, step


def ready(**fields):
    torch.manual_seed(0)
    spec = BigbiganSpec(**{"width": 8, "latent": 6, **fields})
    objective = bigbigan.build(spec, context_for(digits(), views=1))
    objective.before_epoch(0, digits(), torch.Generator())
    return objective


def test_the_losses_are_the_papers_sums_of_hinges_and_of_scores(monkeypatch):
    objective = ready()
    scores = torch.randn(128, 3) * 2  # the first 64 of real pairs, the others of painted ones
    monkeypatch.setattr(objective.discriminator, "forward", lambda _x, _z: scores)
    real, fake = scores[:64], scores[64:]
    judge = sum(F.relu(1 - real[:, k]).mean() + F.relu(1 + fake[:, k]).mean() for k in range(3))
    adversaries = sum(real[:, k].mean() - fake[:, k].mean() for k in range(3))
    batch = batch_of(digits(), torch.arange(64), 1)
    assert float(objective.terms(batch, DISCRIMINATOR)["loss"]) == pytest.approx(float(judge))
    got = float(objective.terms(batch, PAINTERS)["loss"])
    assert got == pytest.approx(float(adversaries), abs=1e-5)


def test_one_score_sees_the_image_alone_one_the_code_alone_and_one_both():
    judge = ready().discriminator.eval()
    images, codes = torch.rand(2, 1, 8, 8), torch.randn(2, 6)
    with torch.no_grad():
        first = judge(images, codes)
        other_images = judge(torch.rand(2, 1, 8, 8), codes)
        other_codes = judge(images, torch.randn(2, 6))
    same = [
        torch.isclose(first, other).all(dim=0).tolist() for other in (other_images, other_codes)
    ]
    assert same == [[False, True, False], [True, False, False]]


def test_a_discriminator_that_cannot_tell_gives_exactly_the_anchors(monkeypatch):
    objective = ready()
    monkeypatch.setattr(
        objective.discriminator,
        "forward",
        lambda x, z: 0.0 * (x.sum(dim=(1, 2, 3)) + z.sum(dim=1))[:, None].expand(-1, 3),
    )
    batch = batch_of(digits(), torch.arange(8), 1)
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    for player, value in ((DISCRIMINATOR, 6.0), (PAINTERS, 0.0)):
        assert float(objective.terms(batch, player)["loss"].detach()) == pytest.approx(value)
        assert anchors[f"{player}: loss"] == value


def test_the_judged_code_is_drawn_and_the_projected_one_is_its_mean():
    objective = ready().eval()
    h = torch.randn(1, objective.encoder.dim).expand(2000, -1)
    drawn, mean = objective.head.drawn(h), objective.project(h)
    deviation = (0.5 * objective.head(h).log_variance[0]).exp()
    torch.testing.assert_close(drawn.std(dim=0), deviation, rtol=0.1, atol=0.0)
    torch.testing.assert_close(drawn.mean(dim=0), mean[0], atol=0.1, rtol=0.0)
    assert torch.equal(mean[0], mean[1])


def test_the_encoder_learns_ten_times_as_fast():
    groups = ready().players()[1].groups
    assert [group.rate for group in groups] == [1.0, 10.0, 10.0]


def test_each_player_moves_its_own_networks_only():
    objective = ready()
    before = {name: value.clone() for name, value in objective.named_parameters()}
    optimizers = optimizers_of(objective, 1e-3)
    step(objective, batch_of(digits(), torch.arange(32), 1), {PAINTERS: optimizers[PAINTERS]})
    moved = {
        name.split(".")[0]
        for name, value in objective.named_parameters()
        if not torch.equal(value, before[name])
    }
    assert moved == {"encoder", "head", "generator"}


def test_the_discriminator_may_learn_at_a_rate_of_its_own():
    judge, _ = ready(discriminator_rate=3.0).players()
    assert [group.rate for group in judge.groups] == [3.0]
