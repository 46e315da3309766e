from __future__ import annotations

import cmath
import math

import lightly.loss
import pytest
import torch

from sslstudio.catalog.losses.sigreg import Sigreg, SigregSpec
from sslstudio.catalog.targets.same import SameSpec
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value
from tests.catalog.losses.wirings import wiring


def sigreg(dim: int, **fields) -> Sigreg:
    torch.manual_seed(0)
    return Sigreg(SigregSpec(**fields), dim)


def epps_pulley(points: list[float]) -> float:
    """Return the statistic by complex numbers and Simpson's rule on a fine grid."""
    steps = 600
    total = 0.0
    for k in range(steps + 1):
        t = -3.0 + 6.0 * k / steps
        seen = sum(cmath.exp(1j * t * x) for x in points) / len(points)
        normal = math.exp(-(t**2) / 2.0)
        share = 1 if k in (0, steps) else (4 if k % 2 else 2)
        total += share * abs(seen - normal) ** 2 * normal
    return len(points) * total * (6.0 / steps) / 3.0


def test_the_statistic_is_the_papers_integral():
    criterion = sigreg(4, slices=8)
    views = random_views(2, 12, 4)
    expected = [
        epps_pulley((view.double() @ criterion.slices[:, k].double()).tolist())
        for view in views
        for k in range(8)
    ]
    found = float(terms(criterion, views)["SIGReg"])
    # The trapezoid rule on 17 points against a fine grid.
    assert found == pytest.approx(sum(expected) / len(expected), rel=5e-3)


def test_loss_and_terms_equal_lightlys_with_the_same_slices():
    queries = random_views(6, 16, 8)
    criterion = sigreg(8, slices=32)
    reference = lightly.loss.LeJEPALoss(lambda_param=0.05, sigreg_num_vectors=32)
    torch.manual_seed(5)
    expected = reference(global_proj=torch.stack(queries[:2]), local_proj=torch.stack(queries[2:]))
    torch.manual_seed(5)
    criterion.after_step(0.0)  # draws the slices as lightly does
    assert value(criterion, queries, queries[:2]) == pytest.approx(float(expected), rel=1e-5)


def test_invariance_and_sigreg_cover_local_views_as_well():
    views = random_views(4, 16, 6)
    criterion = sigreg(6)
    changed = [*views[:2], views[2], 3.0 * views[3]]
    before, after = (terms(criterion, v, v[:2]) for v in (views, changed))
    assert float(after["invariance"]) > float(before["invariance"])
    assert float(after["SIGReg"]) > float(before["SIGReg"])


def test_every_view_meets_the_mean_of_the_global_ones():
    views = random_views(3, 5, 4)
    mean = (views[0] + views[1]) / 2.0
    expected = sum(float((view - mean).square().mean()) for view in views) / 3
    found = float(terms(sigreg(4), views, views[:2])["invariance"])
    assert found == pytest.approx(expected, rel=1e-5)


def test_landmarks():
    criterion = sigreg(5)
    zero = [torch.zeros(6, 5), torch.zeros(6, 5)]
    found = terms(criterion, zero)
    assert float(found["loss"]) == pytest.approx(anchor(criterion, "all alike", 6, 2, 5), rel=1e-5)
    whole = anchor(criterion, "all alike", 6, 2, 5, term="SIGReg")
    assert float(found["SIGReg"]) == pytest.approx(whole, rel=1e-5)
    assert whole == pytest.approx(epps_pulley([0.0] * 6), rel=5e-3)
    assert value(criterion, constant_views(2, 6, 5)) > anchor(criterion, "all alike", 6, 2, 5)


def test_a_normal_sample_costs_what_the_anchor_says_whatever_its_size():
    criterion = sigreg(16)
    expected = anchor(criterion, "normal sample", 256, 2, 16, term="SIGReg")
    assert expected == pytest.approx(1.06, abs=0.01)
    for images in (64, 1024):
        seen = [
            float(terms(criterion, random_views(2, images, 16, seed=seed))["SIGReg"])
            for seed in range(8)
        ]
        assert sum(seen) / len(seen) == pytest.approx(expected, rel=0.1)


def test_it_drives_a_narrow_cloud_to_the_normal_distribution():
    torch.manual_seed(0)
    criterion = sigreg(4, weight=1.0)
    narrow = (0.3 * torch.randn(128, 1) @ torch.randn(1, 4) + 0.1 * torch.randn(128, 4)).detach()
    narrow.requires_grad_()
    optimizer = torch.optim.Adam([narrow], lr=0.05)
    for step in range(150):
        optimizer.zero_grad()
        terms(criterion, (narrow, narrow))["loss"].backward()
        optimizer.step()
        criterion.after_step(step / 150)
    covariance = narrow.detach().T.cov()
    assert torch.allclose(covariance, torch.eye(4), atol=0.25)


def test_slices_are_unit_vectors_drawn_anew_after_each_step():
    criterion = sigreg(6)
    before = criterion.slices.clone()
    criterion.after_step(0.1)
    assert not torch.equal(criterion.slices, before)
    lengths = criterion.slices.norm(dim=0)
    assert torch.allclose(lengths, torch.ones_like(lengths))


def test_terms_do_not_change_until_the_step_is_over():
    criterion = sigreg(6)
    views = random_views(2, 8, 6)
    assert value(criterion, views) == value(criterion, views)


def test_doubtful_settings_are_warned_of():
    def severities(spec, **rest):
        return [p.severity for p in spec.doubts(wiring(SameSpec(), spec, **rest))]

    assert severities(SigregSpec()) == []
    assert severities(SigregSpec(weight=0.0)) == ["warning"]
    assert severities(SigregSpec(), batch_size=16) == ["warning"]
