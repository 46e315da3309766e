from __future__ import annotations

import lightly.loss
import pytest
import torch

from sslstudio.catalog.losses.vicreg import ENTRY, Vicreg, VicregSpec
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value

LOSS = Vicreg(VicregSpec())


def by_the_book(views, weights):
    """Return equations 1 to 6 as loops, with the authors' code's scale of the terms."""
    images, dim = views[0].shape
    views = [view.double() for view in views]
    pairs = [(a, b) for a in range(len(views)) for b in range(len(views)) if a != b]
    invariance = sum(
        float((views[a][i, k] - views[b][i, k]) ** 2)
        for a, b in pairs
        for i in range(images)
        for k in range(dim)
    ) / (len(pairs) * images * dim)
    variance = covariance = 0.0
    for view in views:
        means = [float(view[:, k].sum()) / images for k in range(dim)]
        for k in range(dim):
            for j in range(dim):
                entry = sum(
                    (float(view[i, k]) - means[k]) * (float(view[i, j]) - means[j])
                    for i in range(images)
                ) / (images - 1)
                if k == j:
                    variance += max(0.0, 1.0 - (entry + 1e-4) ** 0.5) / (dim * len(views))
                else:
                    covariance += entry**2 / dim * (2.0 / len(views))
    return weights[0] * invariance + weights[1] * variance + weights[2] * covariance


@pytest.mark.parametrize("views", [2, 3])
def test_it_is_the_papers_formula(views):
    clouds = [0.7 * view for view in random_views(views, 6, 4)]
    assert value(LOSS, clouds) == pytest.approx(by_the_book(clouds, (25, 25, 1)), rel=1e-5)


@pytest.mark.parametrize("weights", [(25.0, 25.0, 1.0), (10.0, 3.0, 2.0)])
def test_it_equals_lightlys_for_two_views(weights):
    first, second = random_views(2, 32, 16)
    reference = float(lightly.loss.VICRegLoss(*weights)(first, 0.3 * second))
    spec = VicregSpec(invariance=weights[0], variance=weights[1], covariance=weights[2])
    assert value(Vicreg(spec), (first, 0.3 * second)) == pytest.approx(reference, rel=1e-5)


def test_constant_embeddings_cost_the_hinge():
    assert anchor(LOSS, "all alike", 8, 2, 4) == pytest.approx(24.75)
    found = terms(LOSS, constant_views(2, 8, 4))
    assert float(found["loss"]) == pytest.approx(24.75, abs=1e-5)
    assert float(found["variance"]) == pytest.approx(
        anchor(LOSS, "all alike", 8, 2, 4, term="variance"), abs=1e-6
    )
    assert float(found["invariance"]) == float(found["covariance"]) == 0.0


def test_uncorrelated_dimensions_of_enough_variance_cost_nothing():
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert value(LOSS, (corners, corners)) == pytest.approx(0.0, abs=1e-6)
    assert anchor(LOSS, "floor", 4, 2, 2) == 0.0


def test_weights_can_be_changed_while_training_and_the_terms_carry_none():
    clouds = random_views(2, 6, 4)
    criterion = Vicreg(VicregSpec())
    before = terms(criterion, clouds)
    criterion.spec = criterion.spec.replaced(invariance=0.0, variance=0.0, covariance=3.0)
    after = terms(criterion, clouds)
    assert float(after["loss"]) == pytest.approx(3.0 * float(before["covariance"]))
    assert float(after["variance"]) == float(before["variance"])


def test_variance_and_covariance_are_the_queries_own():
    queries, targets = random_views(2, 6, 4), constant_views(2, 6, 4)
    found = terms(LOSS, queries, targets)
    assert float(found["variance"]) == pytest.approx(float(terms(LOSS, queries)["variance"]))


def test_a_constant_dimension_has_a_finite_gradient():
    clouds = [view.requires_grad_() for view in constant_views(2, 6, 4)]
    terms(LOSS, clouds)["loss"].backward()
    assert all(bool(view.grad.isfinite().all()) for view in clouds)


def test_the_spec_says_what_it_needs():
    assert VicregSpec.prevents_collapse
    assert not VicregSpec.uses_similarity
    assert ENTRY.kind == "vicreg"
