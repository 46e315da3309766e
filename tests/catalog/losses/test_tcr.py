from __future__ import annotations

import lightly.loss.emp_ssl_loss
import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.tcr import Tcr, TcrSpec
from sslstudio.catalog.targets.same import SameSpec
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value
from tests.catalog.losses.wirings import wiring

LOSS = Tcr(TcrSpec())


def by_the_book(views, epsilon=0.2, weight=200.0):
    """Return equation 3 in double precision, the determinant by eigenvalues."""
    units = [F.normalize(view.double(), dim=1) for view in views]
    images, dim = units[0].shape
    rate = agreement = 0.0
    for unit in units:
        covariance = dim / (images * epsilon) * unit.T @ unit
        values = torch.linalg.eigvalsh(torch.eye(dim).double() + covariance)
        rate += 0.5 * float(values.log().sum()) / len(units)
    for i in range(images):
        mean = sum(unit[i] for unit in units) / len(units)
        for unit in units:
            cosine = float(unit[i] @ mean / (unit[i].norm() * mean.norm()))
            agreement += cosine / (images * len(units))
    return weight * (1.0 - agreement) - rate


@pytest.mark.parametrize(("views", "images", "dim"), [(2, 6, 4), (5, 4, 9)])
def test_it_is_the_papers_formula(views, images, dim):
    clouds = random_views(views, images, dim)
    assert value(LOSS, clouds) == pytest.approx(by_the_book(clouds), rel=1e-5)


def test_both_terms_equal_lightlys():
    # lightly 1.6 adds the rate where the paper subtracts it, so its sum is not comparable.
    clouds = [F.normalize(view, dim=1) for view in random_views(4, 16, 8)]
    found = terms(LOSS, clouds)
    stacked = torch.stack(clouds)
    rate = float(lightly.loss.emp_ssl_loss.tcr_loss(stacked, eps=0.2))
    agreement = -float(lightly.loss.emp_ssl_loss.invariance_loss(stacked))
    assert float(found["coding rate"]) == pytest.approx(rate, rel=1e-5)
    assert float(found["patch similarity"]) == pytest.approx(agreement, rel=1e-5)
    assert float(found["loss"]) == pytest.approx(200 * (1 - agreement) - rate, rel=1e-5)


def test_constant_embeddings_code_one_direction():
    found = terms(LOSS, constant_views(3, 6, 5))
    assert anchor(LOSS, "all alike", 6, 3, 5) == pytest.approx(-0.5 * torch.log(torch.tensor(26.0)))
    assert float(found["loss"]) == pytest.approx(anchor(LOSS, "all alike", 6, 3, 5), abs=1e-4)
    rate = anchor(LOSS, "all alike", 6, 3, 5, term="coding rate")
    assert float(found["coding rate"]) == pytest.approx(rate, abs=1e-4)


@pytest.mark.parametrize("images", [4, 8, 16])
def test_directions_filled_evenly_reach_the_floor(images):
    axes = torch.eye(8).repeat(2, 1)[:images]
    floor = anchor(LOSS, "floor", images, 2, 8)
    assert value(LOSS, (axes, axes)) == pytest.approx(floor, rel=1e-5)
    if images >= 8:
        assert floor == pytest.approx(-4.0 * torch.log(torch.tensor(6.0)))


def test_the_rate_keeps_embeddings_apart_and_the_similarity_pulls_patches_together():
    torch.manual_seed(0)
    shared = torch.randn(12, 1, 6) * 0.05 + torch.ones(6)
    patches = (shared + 0.3 * torch.randn(12, 4, 6)).unbind(dim=1)
    moving = [patch.clone().requires_grad_() for patch in patches]
    optimizer = torch.optim.Adam(moving, lr=0.02)
    before = terms(LOSS, moving)
    for _ in range(100):
        optimizer.zero_grad()
        terms(LOSS, moving)["loss"].backward()
        optimizer.step()
    after = terms(LOSS, moving)
    assert float(after["coding rate"]) > 1.5 * float(before["coding rate"])
    assert float(after["patch similarity"]) > 0.99


def test_weights_can_be_changed_while_training():
    clouds = random_views(3, 6, 4)
    criterion = Tcr(TcrSpec())
    before = terms(criterion, clouds)
    criterion.spec = criterion.spec.replaced(similarity=0.0)
    assert value(criterion, clouds) == pytest.approx(-float(before["coding rate"]))
    criterion.spec = criterion.spec.replaced(epsilon=1.0)
    assert value(criterion, clouds) == pytest.approx(by_the_book(clouds, 1.0, 0.0), rel=1e-5)


@pytest.mark.parametrize(("views", "warned"), [(2, True), (3, True), (4, False), (20, False)])
def test_few_patches_are_warned_of(views, warned):
    problems = list(TcrSpec().doubts(wiring(SameSpec(), TcrSpec(), views=views)))
    assert [problem.severity for problem in problems] == ["warning"] * warned
    assert all(problem.fix is not None for problem in problems)
