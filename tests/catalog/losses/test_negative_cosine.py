from __future__ import annotations

import lightly.loss
import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.negative_cosine import (
    ENTRY,
    NegativeCosine,
    NegativeCosineSpec,
)
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value

LOSS = NegativeCosine(NegativeCosineSpec())


@pytest.mark.parametrize("views", [2, 4])
def test_it_is_the_papers_formula(views):
    queries, targets = random_views(views, 5, 4), random_views(views, 5, 4, seed=1)
    cosines = [
        float((q / q.norm()) @ (z / z.norm()))
        for a in range(views)
        for b in range(views)
        if a != b
        for q, z in zip(queries[a].double(), targets[b].double(), strict=True)
    ]
    assert value(LOSS, queries, targets) == pytest.approx(-sum(cosines) / len(cosines), rel=1e-5)


def test_it_equals_lightlys_for_two_views():
    (p0, p1), (z0, z1) = random_views(2, 8, 4), random_views(2, 8, 4, seed=1)
    cosine = lightly.loss.NegativeCosineSimilarity()
    expected = float(0.5 * (cosine(p0, z1) + cosine(p1, z0)))
    assert value(LOSS, (p0, p1), (z0, z1)) == pytest.approx(expected, rel=1e-5)


def test_landmarks():
    assert value(LOSS, constant_views(2, 8, 4)) == pytest.approx(anchor(LOSS, "floor", 8, 2, 4))
    apart = (torch.eye(4)[:2], torch.eye(4)[2:])
    assert value(LOSS, apart) == pytest.approx(anchor(LOSS, "unrelated", 8, 2, 4))
    assert LOSS.anchors(8, 2, 4, bounded=False) == ()


def test_stop_gradient_without_a_predictor_halves_the_gradient():
    """Science test 2: with z on both sides the two halves of the gradient are equal."""
    weight = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    views = random_views(2, 7, 4)

    def gradient(detach: bool) -> torch.Tensor:
        free = weight.clone().requires_grad_()
        online = [view @ free for view in views]
        targets = [z.detach() for z in online] if detach else online
        terms(LOSS, online, targets)["loss"].backward()
        return free.grad

    torch.testing.assert_close(
        gradient(detach=True), 0.5 * gradient(detach=False), rtol=1e-5, atol=1e-7
    )


def test_targets_get_no_gradient_when_they_are_constants():
    queries = [view.requires_grad_() for view in random_views(2, 6, 4)]
    targets = [view.detach() for view in queries]
    terms(LOSS, queries, targets)["loss"].backward()
    assert all(view.grad is None for view in targets)


def test_vectors_of_length_zero_cost_nothing_and_stay_finite():
    nothing = torch.zeros(4, 3, requires_grad=True)
    found = terms(LOSS, (nothing, torch.ones(4, 3)))["loss"]
    found.backward()
    assert float(found.detach()) == 0.0
    assert bool(nothing.grad.isfinite().all())


def test_a_view_is_compared_with_the_others_only():
    first = F.normalize(random_views(1, 5, 4)[0], dim=1)
    assert value(LOSS, (first, -first), (first, -first)) == pytest.approx(1.0)


def test_the_spec_says_that_it_can_collapse():
    assert not NegativeCosineSpec.prevents_collapse
    assert NegativeCosineSpec.asymmetric
    assert NegativeCosineSpec.uses_similarity
    assert ENTRY.kind == "negative-cosine"
