from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.engine import geometry


def normal(points: int, dim: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(points, dim, generator=torch.Generator().manual_seed(seed))


def opposite(points: int = 1000, dim: int = 128) -> torch.Tensor:
    """Return one random direction with random signs: rank 1, and yet two different points."""
    signs = normal(points, 1).sign()
    return signs * normal(1, dim, seed=1)


def test_spread_is_one_for_even_directions_and_zero_for_one():
    assert geometry.spread(normal(2000, 128)) == pytest.approx(1.0, abs=0.01)
    assert geometry.spread(torch.ones(100, 128)) == 0.0


def test_spread_misses_dimensional_collapse():
    # sqrt(2 / pi) in expectation over the direction: the reason why a verdict needs the rank.
    values = [geometry.spread(normal(500, 1, s).sign() * normal(1, 512, s + 50)) for s in range(9)]
    assert sum(values) / 9 == pytest.approx(math.sqrt(2 / math.pi), abs=0.01)
    assert geometry.effective_rank(opposite()) < 1.01


def test_spread_is_lightlys():
    from lightly.utils.debug import std_of_l2_normalized

    cloud = normal(300, 40) + 0.5
    expected = math.sqrt(40) * float(std_of_l2_normalized(cloud))
    # lightly divides by n - 1
    assert geometry.spread(cloud) == pytest.approx(expected * math.sqrt(299 / 300), rel=1e-5)


def test_centred_spread_does_not_mind_an_offset_and_sees_a_constant():
    cloud = normal(2000, 64).relu()
    assert geometry.spread(cloud) < 0.9 < geometry.centred_spread(cloud)
    assert geometry.centred_spread(torch.full((100, 64), 3.0)) == 0.0
    assert geometry.centred_spread(torch.zeros(100, 64)) == 0.0


def test_noise_around_a_constant_is_no_spread():
    constant = torch.full((1000, 64), 3.0)
    assert geometry.centred_spread(constant + 0.03 * normal(1000, 64)) == pytest.approx(
        0.1, abs=0.01
    )
    assert geometry.centred_spread(constant + 3e-4 * normal(1000, 64)) < 0.002


def test_singular_values_are_torchs():
    for shape in ((50, 8), (8, 50)):
        cloud = normal(*shape)
        torch.testing.assert_close(
            geometry.singular_values(cloud), torch.linalg.svdvals(cloud.double())
        )


def test_effective_rank_is_the_papers():
    cloud = normal(200, 12) * torch.linspace(0.1, 3.0, 12) + 1.0
    values = torch.linalg.svdvals(cloud.double())
    shares = values / values.sum() + 1e-7
    expected = float((-(shares * shares.log()).sum()).exp())
    assert geometry.effective_rank(cloud) == pytest.approx(expected, rel=1e-9)


def test_effective_rank_counts_equal_directions():
    corners = torch.cat([torch.eye(6), -torch.eye(6)])
    padded = F.pad(corners, (0, 20))
    assert geometry.effective_rank(padded) == pytest.approx(6.0, rel=1e-4)
    assert geometry.effective_rank(torch.zeros(10, 4)) == 1.0
    noisy = torch.full((500, 64), 2.0) + 1e-4 * normal(500, 64)
    assert geometry.effective_rank(noisy) < 1.01


@settings(deadline=None, max_examples=20)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
def test_effective_rank_minds_neither_scale_nor_rotation(scale, seed):
    cloud = normal(60, 7) * torch.linspace(0.2, 1.0, 7)
    rotation, _ = torch.linalg.qr(normal(7, 7, seed))
    moved = geometry.effective_rank(scale * cloud @ rotation)
    assert moved == pytest.approx(geometry.effective_rank(cloud), rel=1e-4)


@pytest.mark.parametrize(
    ("points", "dim", "known"), [(256, 512, 237), (512, 512, 412), (2048, 512, 495)]
)
def test_isotropic_rank_has_its_known_values(points, dim, known):
    assert geometry.isotropic_rank(points, dim) == pytest.approx(known, abs=1)


@pytest.mark.parametrize("shape", [(1024, 96), (300, 16), (64, 256)])
def test_isotropic_rank_is_that_of_normal_points(shape):
    measured = geometry.effective_rank(normal(*shape))
    assert geometry.isotropic_rank(*shape) == pytest.approx(measured, rel=0.01)


def test_alignment_runs_from_met_over_unrelated_to_opposite():
    cloud = normal(400, 256)
    assert geometry.alignment(cloud, 5 * cloud) == pytest.approx(0.0, abs=1e-6)
    assert geometry.alignment(cloud, normal(400, 256, seed=1)) == pytest.approx(2.0, abs=0.02)
    assert geometry.alignment(cloud, -cloud) == pytest.approx(4.0, rel=1e-5)


def test_uniformity_is_the_papers():
    cloud = F.normalize(normal(30, 5).double(), dim=1)
    expected = float(torch.pdist(cloud).square().mul(-2).exp().mean().log())
    assert geometry.uniformity(cloud) == pytest.approx(expected, rel=1e-5)


def test_uniformity_does_not_depend_on_the_chunks(monkeypatch):
    cloud = normal(100, 8)
    whole = geometry.uniformity(cloud)
    monkeypatch.setattr(geometry, "PAIR_CHUNK", 17)
    assert geometry.uniformity(cloud) == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize(
    ("dim", "limit"), [(2, -1.575), (16, -3.513), (64, -3.875), (128, -3.938), (512, -3.984)]
)
def test_uniformity_of_even_directions(dim, limit):
    assert geometry.log_mean_exponential(dim, 0.25) == pytest.approx(limit, abs=1e-3)
    assert geometry.uniformity(normal(2000, dim)) == pytest.approx(limit, abs=0.03)


def test_uniformity_of_collapsed_clouds():
    assert geometry.uniformity(torch.ones(50, 8)) == pytest.approx(0.0, abs=1e-6)
    assert geometry.uniformity(opposite()) == pytest.approx(math.log(0.5), abs=0.01)


def test_measurable_means_two_finite_points():
    assert geometry.is_measurable(normal(2, 3))
    assert not geometry.is_measurable(normal(1, 3))
    assert not geometry.is_measurable(torch.tensor([[1.0, 2.0], [math.nan, 0.0]]))


def test_half_precision_clouds_are_measured_in_full():
    cloud = normal(500, 32)
    for measure in (geometry.spread, geometry.centred_spread, geometry.uniformity):
        assert measure(cloud.bfloat16()) == pytest.approx(measure(cloud), rel=0.01)
    assert geometry.effective_rank(cloud.bfloat16()) == pytest.approx(
        geometry.effective_rank(cloud), rel=0.01
    )


def test_eigenvalues_are_solved_on_the_cpu_whatever_the_device():
    with FakeTensorMode():
        assert geometry.singular_values(torch.empty(20, 5, device="cuda")).device.type == "cpu"
