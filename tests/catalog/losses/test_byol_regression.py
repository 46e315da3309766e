from __future__ import annotations

import lightly.loss
import pytest
import torch

from sslstudio.catalog.losses.byol_regression import (
    ENTRY,
    ByolRegression,
    ByolRegressionSpec,
)
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value

LOSS = ByolRegression(ByolRegressionSpec())


def by_the_book(queries, targets):
    """Return the mean over ordered pairs of equation 2, as loops."""
    total, count = 0.0, 0
    for a, query in enumerate(queries):
        for b, target in enumerate(targets):
            if a == b:
                continue
            for q, z in zip(query.double(), target.double(), strict=True):
                total += float((q / q.norm() - z / z.norm()).square().sum())
                count += 1
    return total / count


@pytest.mark.parametrize("views", [2, 3])
def test_it_is_the_papers_formula(views):
    queries, targets = random_views(views, 5, 4), random_views(views, 5, 4, seed=1)
    assert value(LOSS, queries, targets) == pytest.approx(by_the_book(queries, targets), rel=1e-5)


def test_it_is_two_plus_twice_lightlys_cosine():
    (p0, p1), (z0, z1) = random_views(2, 8, 4), random_views(2, 8, 4, seed=1)
    cosine = lightly.loss.NegativeCosineSimilarity()
    expected = 2.0 + float(cosine(p0, z1) + cosine(p1, z0))
    assert value(LOSS, (p0, p1), (z0, z1)) == pytest.approx(expected, rel=1e-5)


def test_landmarks():
    assert anchor(LOSS, "floor", 8, 2, 4) == pytest.approx(0.0)
    assert value(LOSS, constant_views(2, 8, 4)) == pytest.approx(0.0, abs=1e-6)
    apart = (torch.eye(4)[:2], torch.eye(4)[2:])
    assert value(LOSS, apart) == pytest.approx(anchor(LOSS, "unrelated", 8, 2, 4))
    opposite = random_views(1, 8, 4)[0]
    assert value(LOSS, (opposite, -opposite)) == pytest.approx(4.0)


def test_targets_get_no_gradient_when_they_are_constants():
    queries = [view.requires_grad_() for view in random_views(2, 6, 4)]
    targets = random_views(2, 6, 4, seed=1)
    terms(LOSS, queries, targets)["loss"].backward()
    assert all(float(view.grad.abs().sum()) > 0 for view in queries)
    assert all(view.grad is None for view in targets)


def test_lengths_do_not_count():
    first, second = random_views(2, 6, 4)
    assert value(LOSS, (first, 7.0 * second)) == pytest.approx(value(LOSS, (first, second)))


def test_the_spec_says_that_it_can_collapse():
    assert not ByolRegressionSpec.prevents_collapse
    assert ByolRegressionSpec.asymmetric
    assert not ByolRegressionSpec.uses_similarity
    assert ENTRY.kind == "byol-regression"
