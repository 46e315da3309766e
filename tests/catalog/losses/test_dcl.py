from __future__ import annotations

import math

import lightly.loss
import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.dcl import ENTRY, Dcl, DclSpec
from sslstudio.catalog.losses.nt_xent import NtXent, NtXentSpec
from tests.catalog.losses.clouds import (
    anchor,
    constant_views,
    random_views,
    simplex,
    terms,
    value,
)


def loss(temperature=0.2):
    return Dcl(DclSpec(temperature=temperature))


def by_the_book(first, second, temperature):
    """Return equation 6 of the paper as loops."""
    unit = [F.normalize(view.double(), dim=1) for view in (first, second)]
    images, total = len(first), 0.0
    for a in range(2):
        for i in range(images):
            crowd = sum(
                math.exp(float(unit[a][i] @ unit[c][j]) / temperature)
                for c in range(2)
                for j in range(images)
                if j != i
            )
            total += math.log(crowd) - float(unit[a][i] @ unit[1 - a][i]) / temperature
    return total / (2 * images)


def test_it_is_the_papers_formula():
    first, second = random_views(2, 7, 5)
    expected = by_the_book(first, second, 0.3)
    assert value(loss(0.3), (first, second)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0])
def test_it_equals_lightlys_for_two_views(temperature):
    first, second = random_views(2, 32, 16)
    reference = float(lightly.loss.DCLLoss(temperature)(first, second))
    assert value(loss(temperature), (first, second)) == pytest.approx(reference, rel=1e-5)


def test_it_is_nt_xent_without_the_positive_in_the_denominator():
    clouds = random_views(3, 6, 4)
    contrastive = terms(NtXent(NtXentSpec(temperature=0.2)), clouds)
    decoupled = terms(loss(0.2), clouds)
    assert float(decoupled["loss"]) < float(contrastive["loss"])
    del contrastive["loss"], decoupled["loss"]
    assert contrastive == decoupled


def test_constant_embeddings_cost_the_log_of_the_negatives():
    assert anchor(loss(), "all alike", 256, 2, 8) == pytest.approx(math.log(510), abs=1e-9)
    assert value(loss(), constant_views(2, 256, 8)) == pytest.approx(math.log(510), abs=1e-5)


@pytest.mark.parametrize(("temperature", "expected"), [(0.1, -3.38), (0.2, 1.33)])
def test_the_uniform_sphere_has_its_known_value(temperature, expected):
    found = anchor(loss(temperature), "uniform sphere", 256, 2, 128)
    assert found == pytest.approx(expected, abs=0.01)


def test_the_simplex_attains_the_floor_and_descent_stops_there():
    floor = anchor(loss(0.1), "floor", 5, 2, 5)
    assert floor < 0
    assert value(loss(0.1), (simplex(5), simplex(5))) == pytest.approx(floor, abs=1e-4)
    cloud = torch.randn(2, 5, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    descent = torch.optim.Adam([cloud], lr=0.05)
    for _ in range(200):
        current = terms(loss(0.1), cloud.unbind())["loss"]
        descent.zero_grad()
        current.backward()
        descent.step()
    assert floor - 1e-4 <= float(current.detach()) < floor + 0.5


def test_the_spec_says_what_it_needs():
    assert DclSpec.prevents_collapse
    assert DclSpec.uses_similarity
    assert ENTRY.kind == "dcl"
