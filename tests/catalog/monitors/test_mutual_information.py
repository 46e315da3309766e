from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.nt_xent import NtXent, NtXentSpec
from sslstudio.catalog.monitors.mutual_information import MutualInformation, MutualInformationSpec
from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.engine.parts import Snapshot


def cloud(images, dim, seed=0):
    return torch.randn(images, dim, generator=torch.Generator().manual_seed(seed))


def reading(first, second, temperature=0.2):
    snapshot = Snapshot(h=first, z=first, z_views=(first, second))
    (found,) = MutualInformation(MutualInformationSpec(temperature=temperature)).read(snapshot)
    assert found.name == "mutual_information"
    return found.value


def test_it_is_the_log_of_the_candidates_minus_the_loss_written_out():
    first, second = cloud(9, 4), cloud(9, 4, seed=1)
    losses = []
    for queries, keys in ((first, second), (second, first)):
        for i in range(9):
            scores = F.cosine_similarity(queries[i : i + 1], keys, dim=1) / 0.3
            losses.append(-math.log(float(scores[i].exp() / scores.exp().sum())))
    expected = math.log(9) - sum(losses) / len(losses)
    assert reading(first, second, 0.3) == pytest.approx(expected, abs=1e-5)


def test_equal_views_share_as_much_as_can_be_measured():
    views = cloud(256, 64)
    assert reading(views, views, 0.02) == pytest.approx(math.log(256), abs=1e-3)


def test_constant_embeddings_share_exactly_nothing():
    alike = torch.ones(100, 8)
    assert reading(alike, alike) == pytest.approx(0.0, abs=1e-5)


def test_unrelated_views_never_seem_to_share_anything():
    for seed in range(5):
        assert reading(cloud(256, 16, seed), cloud(256, 16, seed + 50)) < 0.05


def test_the_more_noise_the_less_is_shared():
    views = cloud(256, 32)
    shared = [reading(views, views + s * cloud(256, 32, seed=2), 0.1) for s in (0.1, 0.5, 1.0, 3.0)]
    assert shared == sorted(shared, reverse=True)
    assert shared[0] - shared[-1] > 2.0


def test_it_is_what_a_loss_with_stored_negatives_leaves_of_its_own_ceiling():
    # ln(K + 1) - L of MoCo's loss over the same candidates, one direction at a time.
    first, second = cloud(6, 5), cloud(6, 5, seed=1)
    loss = NtXent(NtXentSpec(temperature=0.2, batch_negatives=False))
    bounds = []
    for queries, keys in ((first, second), (second, first)):
        for i in range(6):
            others = keys[torch.arange(6) != i]
            query, key = queries[i].repeat(2, 1), keys[i].repeat(2, 1)
            found = loss.terms((query, query), (key, key), Cosine(), others)["loss"]
            bounds.append(math.log(6) - float(found))
    assert reading(first, second) == pytest.approx(sum(bounds) / len(bounds), abs=1e-5)


def test_one_view_gives_no_reading():
    views = cloud(10, 4)
    monitor = MutualInformation(MutualInformationSpec())
    assert monitor.read(Snapshot(h=views, z=views)) == ()
    assert monitor.gauges[0].high == pytest.approx(math.log(256))
