from __future__ import annotations

import lightly.loss
import pytest
import torch

from sslstudio.catalog.losses.barlow_twins import ENTRY, BarlowTwins, BarlowTwinsSpec
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value

LOSS = BarlowTwins(BarlowTwinsSpec())


def by_the_book(first, second, weight):
    """Return equations 1 and 2 as loops."""
    images, dim = first.shape

    def standardised(view, k):
        column = [float(v) for v in view[:, k].double()]
        mean = sum(column) / images
        variance = sum((v - mean) ** 2 for v in column) / images
        return [(v - mean) / (variance + 1e-5) ** 0.5 for v in column]

    total = 0.0
    for i in range(dim):
        for j in range(dim):
            pairs = zip(standardised(first, i), standardised(second, j), strict=True)
            entry = sum(a * b for a, b in pairs) / images
            total += (1.0 - entry) ** 2 if i == j else weight * entry**2
    return total


def test_it_is_the_papers_formula():
    first, second = random_views(2, 7, 5)
    assert value(LOSS, (first, second)) == pytest.approx(by_the_book(first, second, 5e-3), rel=1e-5)


def test_more_views_are_the_mean_over_pairs():
    views = random_views(3, 7, 5)
    expected = sum(by_the_book(views[a], views[b], 5e-3) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert value(LOSS, views) == pytest.approx(expected / 3, rel=1e-5)


@pytest.mark.parametrize("weight", [5e-3, 0.5])
def test_it_equals_lightlys_for_two_views(weight):
    first, second = random_views(2, 32, 16)
    reference = float(lightly.loss.BarlowTwinsLoss(weight)(first, second))
    found = value(BarlowTwins(BarlowTwinsSpec(redundancy=weight)), (first, second))
    assert found == pytest.approx(reference, rel=1e-5)


def test_each_view_is_normalised_on_its_own():
    first, second = random_views(2, 16, 6)
    moved = 3.0 * second - 5.0
    # The epsilon of the variance leaves a trace of the scale, 1e-5 of it.
    assert value(LOSS, (first, moved)) == pytest.approx(value(LOSS, (first, second)), rel=1e-4)


def test_constant_embeddings_cost_one_a_dimension():
    found = terms(LOSS, constant_views(2, 8, 12))
    assert float(found["loss"]) == pytest.approx(anchor(LOSS, "all alike", 8, 2, 12))
    assert float(found["on-diagonal"]) == 12.0
    assert float(found["off-diagonal"]) == 0.0


def test_identical_uncorrelated_views_reach_the_floor():
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert value(LOSS, (corners, corners)) == pytest.approx(
        anchor(LOSS, "floor", 4, 2, 2), abs=1e-8
    )


def test_copies_of_one_dimension_cost_redundancy_only():
    column = random_views(1, 64, 1)[0]
    found = terms(LOSS, (column.repeat(1, 5),) * 2)
    assert float(found["on-diagonal"]) == pytest.approx(0.0, abs=1e-6)
    assert float(found["off-diagonal"]) == pytest.approx(20.0, rel=1e-3)


def test_the_spec_says_what_it_needs():
    assert BarlowTwinsSpec.prevents_collapse
    assert not BarlowTwinsSpec.uses_similarity
    assert ENTRY.kind == "barlow-twins"
