from __future__ import annotations

import math

import pytest
import torch

from sslstudio.catalog import monitors
from sslstudio.catalog.entry import collect
from sslstudio.catalog.monitors.alignment_uniformity import AlignmentUniformity
from sslstudio.catalog.monitors.effective_rank import EffectiveRank
from sslstudio.catalog.monitors.feature_spread import FeatureSpread
from sslstudio.catalog.monitors.knn import Knn
from sslstudio.catalog.monitors.spectrum import Spectrum
from sslstudio.domain.collapse import Readings, form_of_collapse
from sslstudio.engine.parts import Snapshot

DIM = 96


def normal(points: int, dim: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(points, dim, generator=torch.Generator().manual_seed(seed))


def snapshot_of(cloud, **rest) -> Snapshot:
    # h as after a ReLU: never centred, all its entries positive.
    views = (cloud[:256], cloud[:256] + 0.1 * cloud[:256].std() * normal(256, cloud.shape[1], 9))
    h = cloud - cloud.min() if cloud.std() > 0 else cloud
    return Snapshot(h=h, z=cloud, z_views=views, **rest)


HEALTHY = snapshot_of(normal(1000, DIM))
RANK_ONE = snapshot_of(normal(1000, 1).sign() * normal(1, DIM, seed=1))
CONSTANT = snapshot_of(torch.full((1000, DIM), 2.0))


def readings(snapshot: Snapshot) -> dict[str, float]:
    taken = [FeatureSpread(), EffectiveRank(DIM), AlignmentUniformity(), Spectrum(), Knn()]
    return {r.name: r.value for monitor in taken for r in monitor.read(snapshot)}


def test_a_healthy_cloud():
    found = readings(HEALTHY)
    assert found["spread"] == pytest.approx(1.0, abs=0.02)
    assert found["spread_z"] == pytest.approx(1.0, abs=0.02)
    assert found["rank_z"] == pytest.approx(DIM, rel=0.03)
    assert found["rank_share_z"] == pytest.approx(1.0, abs=0.01)
    assert found["rank_share_centred"] == pytest.approx(1.0, abs=0.01)
    assert found["alignment"] < 0.05
    assert found["uniformity"] == pytest.approx(-3.91, abs=0.05)
    assert found["spectrum"] == 1.0


def test_a_cloud_of_rank_one_keeps_its_spread_and_loses_its_rank():
    found = readings(RANK_ONE)
    assert found["spread"] > 0.5
    assert found["spread_z"] > 0.5
    assert found["rank"] < 2
    assert found["rank_share"] < 0.03
    assert found["rank_z"] < 1.01
    assert found["uniformity"] == pytest.approx(math.log(0.5), abs=0.1)
    assert found["spectrum"] == pytest.approx(1 / DIM)


def test_a_constant_cloud_has_nothing():
    found = readings(CONSTANT)
    assert found["spread"] == found["spread_z"] == 0.0
    assert found["rank"] == pytest.approx(1.0, abs=1e-3)
    assert found["alignment"] == pytest.approx(0.0, abs=1e-6)
    assert found["uniformity"] == pytest.approx(0.0, abs=1e-6)
    assert found["spectrum"] == 0.0


def test_the_rules_of_collapse_tell_them_apart():
    forms = [form_of_collapse(Readings.among(readings(s))) for s in (HEALTHY, RANK_ONE, CONSTANT)]
    assert forms == ["", "dimensional", "complete"]


def test_without_a_projector_z_has_the_rank_of_h_itself():
    found = readings(Snapshot(h=HEALTHY.h, z=HEALTHY.h))
    assert found["rank_z"] == found["rank"]
    assert found["rank_share_z"] == found["rank_share"]
    assert not Readings.among(found).has_projector
    assert Readings.among(readings(HEALTHY)).has_projector


def test_the_gauges_band_follows_the_width():
    gauge = EffectiveRank(256).gauges[0]
    assert gauge.high == 256.0
    assert gauge.healthy == (25.6, 256.0)
    assert gauge.digits == 0
    assert EffectiveRank(0).gauges[0].healthy is None


def test_uniformity_needs_no_views_and_alignment_does():
    found = AlignmentUniformity().read(Snapshot(h=HEALTHY.h, z=HEALTHY.z))
    assert [reading.name for reading in found] == ["uniformity"]


def test_uniformity_is_the_mean_over_the_views():
    views = (normal(200, 8), torch.ones(200, 8))
    found = AlignmentUniformity().read(Snapshot(h=views[0], z=views[0], z_views=views))
    alone = AlignmentUniformity().read(Snapshot(h=views[0], z=views[0]))
    assert found[1].value == pytest.approx(alone[0].value / 2, abs=1e-6)


def test_the_spectrum_falls_from_one_in_at_most_64_bars():
    cloud = normal(1000, DIM) * torch.logspace(0, -3, DIM)
    series = Spectrum().read(snapshot_of(cloud))[0].series
    assert len(series) == 64
    assert list(series) == sorted(series, reverse=True)
    assert 0.9 < series[0] <= 1.0
    assert len(Spectrum().read(snapshot_of(normal(300, 10)))[0].series) == 10


def test_the_spectrum_minds_no_offset():
    cloud = normal(500, 20)
    moved = Spectrum().read(Snapshot(h=cloud + 7.0, z=cloud))[0].series
    assert moved == pytest.approx(Spectrum().read(Snapshot(h=cloud, z=cloud))[0].series, rel=1e-4)


def labelled(labels, bank_labels) -> Snapshot:
    centres = 9 * normal(3, 8)
    h, bank = (centres[torch.arange(60) % 3] + 0.1 * normal(60, 8, seed=seed) for seed in (1, 2))
    return Snapshot(h=h, z=h, labels=labels, bank=bank, bank_labels=bank_labels)


def test_knn_leaves_unlabelled_images_out():
    truth = torch.arange(60) % 3
    masked = torch.where(torch.arange(60) < 30, truth, -1)
    assert Knn().read(labelled(truth, truth))[0].value == 1.0
    assert Knn().read(labelled(masked, masked))[0].value == 1.0
    assert Knn().read(labelled((truth + 1) % 3, truth))[0].value == 0.0


def test_knn_says_nothing_without_labels_or_bank():
    unknown = torch.full((60,), -1)
    assert Knn().read(labelled(unknown, torch.arange(60) % 3)) == ()
    assert Knn().read(labelled(torch.arange(60) % 3, unknown)) == ()
    assert Knn().read(HEALTHY) == ()


@pytest.mark.parametrize("kind", sorted(collect(monitors)))
def test_embeddings_that_are_not_numbers_or_a_single_image_give_no_reading(kind):
    entry = collect(monitors)[kind]
    monitor = entry.build(entry.spec(), _Context())
    broken = normal(10, 4)
    broken[3, 2] = math.nan
    for cloud in (broken, normal(1, 4)):
        labels = torch.zeros(len(cloud), dtype=torch.int64)
        snapshot = Snapshot(
            h=cloud, z=cloud, z_views=(cloud, cloud), labels=labels, bank=cloud, bank_labels=labels
        )
        assert monitor.read(snapshot) == ()


@pytest.mark.parametrize("kind", sorted(collect(monitors)))
def test_every_gauge_says_how_to_read_it(kind):
    entry = collect(monitors)[kind]
    for gauge in entry.build(entry.spec(), _Context()).gauges:
        assert gauge.label
        assert gauge.how_to_read
    assert "arXiv" in entry.citation


class _Context:
    dim = 4
