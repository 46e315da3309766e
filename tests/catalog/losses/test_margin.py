from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.margin import ENTRY, Margin, MarginSpec
from sslstudio.catalog.similarities.bilinear import BilinearSpec
from sslstudio.catalog.similarities.cosine import CosineSpec
from sslstudio.catalog.similarities.dot import Dot, DotSpec
from sslstudio.catalog.similarities.negative_euclidean import (
    NegativeEuclidean,
    NegativeEuclideanSpec,
)
from sslstudio.catalog.targets.queue import QueueSpec
from sslstudio.catalog.targets.same import SameSpec
from sslstudio.domain.errors import RecipeError
from tests.catalog.losses.clouds import anchor, constant_views, random_views, simplex, terms, value
from tests.catalog.losses.wirings import wiring


def loss(margin=1.25, **fields):
    return Margin(MarginSpec(margin=margin, **fields))


def by_the_book(views, margin, memory=()):
    """Return equation 4 as loops over pairs, positives and negatives averaged apart."""
    pull, push = [], []
    for a, queries in enumerate(views):
        for b, targets in enumerate(views):
            for i, query in enumerate(queries):
                for j, target in enumerate(targets):
                    distance = float((query - target).norm())
                    if i != j:
                        push.append(max(0.0, margin - distance) ** 2 / 2)
                    elif a != b:
                        pull.append(distance**2 / 2)
        for query in queries:
            push += [max(0.0, margin - float((query - m).norm())) ** 2 / 2 for m in memory]
    return sum(pull) / len(pull) + sum(push) / len(push)


@pytest.mark.parametrize("margin", [0.7, 1.25, 2.0])
def test_it_is_the_papers_formula_on_unit_vectors(margin):
    views = random_views(3, 5, 3)
    unit = [F.normalize(view, dim=1) for view in views]
    assert value(loss(margin), views) == pytest.approx(by_the_book(unit, margin), rel=1e-5)


def test_it_is_the_papers_formula_on_embeddings_of_any_length():
    views = random_views(2, 6, 3)
    found = loss(2.0).terms(views, views, NegativeEuclidean(), None)["loss"]
    assert float(found) == pytest.approx(by_the_book(views, 2.0), rel=1e-5)


def test_stored_negatives_are_pushed_away_too():
    views, memory = random_views(2, 4, 3), random_views(1, 7, 3, seed=1)[0]
    unit = [F.normalize(view, dim=1) for view in views]
    expected = by_the_book(unit, 1.5, F.normalize(memory, dim=1))
    assert value(loss(1.5), views, memory=memory) == pytest.approx(expected, rel=1e-5)


def test_constant_embeddings_cost_half_the_margin_squared():
    assert anchor(loss(1.25), "all alike", 256, 2, 8) == 1.25**2 / 2
    assert value(loss(1.25), constant_views(2, 64, 8)) == pytest.approx(0.78125, abs=1e-6)


def test_images_further_apart_than_the_margin_cost_nothing():
    apart = simplex(8)  # 1.51 between any two
    assert value(loss(1.5), (apart, apart)) == pytest.approx(0.0, abs=1e-6)
    assert value(loss(1.6), (apart, apart)) > 1e-3


def test_a_negative_within_the_margin_is_pushed_and_one_beyond_is_not():
    near = torch.tensor([[1.0, 0.0], [0.8, 0.6]]).requires_grad_()
    found = terms(loss(1.0), (near, near.detach()))
    (gradient,) = torch.autograd.grad(found["loss"], near)
    assert gradient.abs().sum() > 0
    far = torch.tensor([[1.0, 0.0], [-1.0, 0.1]]).requires_grad_()
    (gradient,) = torch.autograd.grad(terms(loss(1.0), (far, far.detach()))["loss"], far)
    torch.testing.assert_close(gradient, torch.zeros(2, 2), atol=1e-5, rtol=0.0)


def test_a_similarity_that_is_no_distance_is_refused_by_check_and_by_the_loss():
    views = random_views(2, 4, 4)
    with pytest.raises(RecipeError, match="stands for none"):
        loss().terms(views, views, Dot(), None)
    for similarity in (DotSpec(), BilinearSpec()):
        (problem,) = MarginSpec().doubts(wiring(SameSpec(), MarginSpec(), similarity=similarity))
        assert (problem.severity, problem.path) == ("error", "objective.similarity")
        assert problem.fix.edits == (("objective.similarity", "cosine"),)
    for similarity in (CosineSpec(), NegativeEuclideanSpec()):
        assert not list(
            MarginSpec().doubts(wiring(SameSpec(), MarginSpec(), similarity=similarity))
        )


def test_without_any_negatives_check_says_what_to_do():
    alone = MarginSpec(batch_negatives=False)
    (problem,) = alone.doubts(wiring(SameSpec(), alone))
    assert (problem.severity, problem.path) == ("error", "objective.loss.batch_negatives")
    assert not list(alone.doubts(wiring(QueueSpec(), alone)))
    assert loss(batch_negatives=False).anchors(8, 2, 4) == ()


def test_the_spec_says_what_it_needs():
    assert MarginSpec.prevents_collapse
    assert MarginSpec.uses_similarity
    assert ENTRY.kind == "margin"
