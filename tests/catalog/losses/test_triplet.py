from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.triplet import ENTRY, Triplet, TripletSpec
from sslstudio.catalog.similarities.negative_euclidean import NegativeEuclidean
from sslstudio.catalog.targets.same import SameSpec
from tests.catalog.losses.clouds import anchor, constant_views, random_views, simplex, terms, value
from tests.catalog.losses.wirings import wiring

MINING = ["semi-hard", "all", "hardest"]


def loss(mining="semi-hard", margin=0.5, **fields):
    return Triplet(TripletSpec(mining=mining, margin=margin, **fields))


def mined(positive, negatives, mining):
    """Return the similarities that FaceNet's section 3.2 lets compete with a positive."""
    if mining == "all":
        return negatives
    if mining == "hardest":
        return [max(negatives)]
    below = [s for s in negatives if s < positive]
    return [max(below)] if below else [min(negatives)]


def by_the_book(views, mining, margin, compare, memory=()):
    costs = []
    for a in range(len(views)):
        for b in range(len(views)):
            for i in range(len(views[0])):
                if a == b:
                    continue
                positive = compare(views[a][i], views[b][i])
                others = [view[j] for view in views for j in range(len(view)) if j != i]
                negatives = [compare(views[a][i], other) for other in [*others, *memory]]
                hinge = [
                    max(0.0, s - positive + margin) for s in mined(positive, negatives, mining)
                ]
                costs.append(sum(hinge) / len(hinge))
    return sum(costs) / len(costs)


def cosine(first, second):
    return float(F.cosine_similarity(first, second, dim=0))


@pytest.mark.parametrize("mining", MINING)
@pytest.mark.parametrize("margin", [0.1, 0.5, 1.5])
def test_it_is_the_papers_formula(mining, margin):
    views, memory = random_views(3, 5, 4), random_views(1, 6, 4, seed=2)[0]
    expected = by_the_book(views, mining, margin, cosine, memory)
    assert value(loss(mining, margin), views, memory=memory) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("mining", MINING)
def test_any_similarity_will_do(mining):
    views = random_views(2, 6, 3)

    def nearness(first, second):
        return -float((first - second).norm())

    found = loss(mining).terms(views, views, NegativeEuclidean(), None)["loss"]
    assert float(found) == pytest.approx(by_the_book(views, mining, 0.5, nearness), rel=1e-5)


def test_the_margin_of_facenet_is_half_as_large_in_cosines():
    views = [F.normalize(view, dim=1) for view in random_views(2, 8, 4)]

    def squared(first, second):
        return -float((first - second).square().sum())

    expected = by_the_book(views, "semi-hard", 0.2, squared) / 2
    assert value(loss(margin=0.1), views) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("mining", MINING)
def test_constant_embeddings_cost_exactly_the_margin(mining):
    assert anchor(loss(mining, 0.4), "all alike", 64, 2, 8) == 0.4
    assert value(loss(mining, 0.4), constant_views(2, 64, 8)) == pytest.approx(0.4, abs=1e-6)
    memory = constant_views(1, 9, 8)[0]
    found = value(loss(mining, 0.4), constant_views(2, 64, 8), memory=memory)
    assert found == pytest.approx(0.4, abs=1e-6)


@pytest.mark.parametrize("mining", MINING)
def test_images_that_lie_apart_cost_nothing(mining):
    apart = simplex(8)
    found = terms(loss(mining), (apart, apart))
    assert float(found["loss"]) == pytest.approx(0.0, abs=1e-6)
    assert float(found["active triplets"]) == 0.0


def test_semi_hard_mining_passes_over_negatives_nearer_than_the_positive():
    # A query at 0 degrees with its positive at 40; stored negatives at 10, 50 and 90.
    angles = torch.tensor([0.0, 40.0, 10.0, 50.0, 90.0]).deg2rad()
    query, key, nearer, semi_hard, far = torch.stack([angles.cos(), angles.sin()], dim=1)
    stored = torch.stack([nearer, semi_hard, far])
    views = (query.repeat(2, 1), key.repeat(2, 1))

    def cost(mining):
        return value(loss(mining, 0.3, batch_negatives=False), views, memory=stored)

    def hinge(one, other):
        return max(0.0, cosine(one, other) - cosine(query, key) + 0.3)

    assert cosine(query, nearer) > cosine(query, key) > cosine(query, semi_hard)
    # From the other side, at 40 degrees, both 10 and 50 are nearer than 0, and 90 is further.
    expected = (hinge(query, semi_hard) + hinge(key, far)) / 2
    assert cost("semi-hard") == pytest.approx(expected, abs=1e-6)
    assert cost("hardest") == pytest.approx((hinge(query, nearer) + hinge(key, semi_hard)) / 2)


def test_the_hardest_negative_carries_the_gradient():
    queries, keys = random_views(2, 6, 3)
    memory = random_views(1, 5, 3, seed=3)[0].requires_grad_()
    terms(loss("hardest", 1.0, batch_negatives=False), (queries, keys), memory=memory)[
        "loss"
    ].backward()
    similarity = F.normalize(torch.cat([queries, keys]), dim=1) @ F.normalize(memory, dim=1).T
    chosen = set(similarity.argmax(dim=1).tolist())
    assert set(memory.grad.abs().sum(dim=1).nonzero().flatten().tolist()) == chosen


def test_hardest_mining_is_warned_of_and_mended():
    (problem,) = TripletSpec(mining="hardest").doubts(
        wiring(SameSpec(), TripletSpec(mining="hardest"))
    )
    assert problem.severity == "warning"
    assert "stands at the margin" in problem.text
    assert problem.fix.edits == (("objective.loss.mining", "semi-hard"),)
    assert not list(TripletSpec().doubts(wiring(SameSpec(), TripletSpec())))


def test_without_any_negatives_check_says_what_to_do():
    alone = TripletSpec(batch_negatives=False)
    (problem,) = alone.doubts(wiring(SameSpec(), alone))
    assert (problem.severity, problem.path) == ("error", "objective.loss.batch_negatives")


def test_the_spec_says_what_it_needs():
    assert TripletSpec.prevents_collapse
    assert TripletSpec.uses_similarity
    assert ENTRY.kind == "triplet"
