from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from sslstudio.catalog.losses.logistic import ENTRY, Logistic, LogisticSpec
from sslstudio.catalog.similarities.dot import Dot
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value


def loss(temperature=0.2, **fields):
    return Logistic(LogisticSpec(temperature=temperature, **fields))


def by_the_book(views, temperature, memory=()):
    """Return the row of SimCLR's table 2 as loops over pairs."""
    unit = [F.normalize(view.double(), dim=1) for view in views]
    stored = [F.normalize(row.double(), dim=0) for row in memory]

    def log_sigmoid(x):
        return -math.log1p(math.exp(-x))

    pull, push = [], []
    for a in range(len(unit)):
        for i in range(len(unit[0])):
            query = unit[a][i]
            positives = [unit[b][i] for b in range(len(unit)) if b != a]
            others = [view[j] for view in unit for j in range(len(view)) if j != i]
            pull += [-log_sigmoid(float(query @ p) / temperature) for p in positives]
            push += [-log_sigmoid(-float(query @ n) / temperature) for n in [*others, *stored]]
    return sum(pull) / len(pull) + sum(push) / len(push)


@pytest.mark.parametrize(("views", "temperature"), [(2, 0.1), (3, 0.5), (2, 1.0)])
def test_it_is_the_papers_formula(views, temperature):
    clouds, memory = random_views(views, 5, 6), random_views(1, 4, 6, seed=1)[0]
    for stored in (None, memory):
        expected = by_the_book(clouds, temperature, () if stored is None else stored)
        found = value(loss(temperature), clouds, memory=stored)
        assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_constant_embeddings_take_every_negative_for_a_positive(temperature):
    sharp = 1 / temperature
    expected = math.log1p(math.exp(-sharp)) + math.log1p(math.exp(sharp))
    assert anchor(loss(temperature), "all alike", 8, 2, 5) == pytest.approx(expected)
    found = value(loss(temperature), constant_views(2, 8, 5))
    assert found == pytest.approx(expected, rel=1e-5)


def test_unrelated_pairs_are_coin_tosses():
    unrelated = torch.eye(8)
    found = value(loss(), (unrelated[:4], unrelated[4:]))
    assert anchor(loss(), "blind", 4, 2, 8) == pytest.approx(2 * math.log(2))
    assert found == pytest.approx(2 * math.log(2), rel=1e-6)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    images=st.integers(2, 6),
    stored=st.integers(0, 3),
    temperature=st.floats(0.1, 2.0),
)
def test_nothing_gets_below_the_floor(seed, images, stored, temperature):
    generator = torch.Generator().manual_seed(seed)
    cloud = torch.randn(4, images, 3, generator=generator).requires_grad_()
    memory = torch.randn(stored, 3, generator=generator).requires_grad_()
    criterion = loss(temperature)
    descent = torch.optim.Adam([cloud, memory], lr=0.2)
    for _ in range(25):
        views = cloud.unbind()
        current = terms(criterion, views[:2], views[2:], memory if stored else None)["loss"]
        descent.zero_grad()
        current.backward()
        descent.step()
    floor = anchor(criterion, "floor", images, 2, 3, stored=stored)
    assert float(current.detach()) >= floor - 1e-5


def test_an_unbounded_similarity_has_neither_floor_nor_collapse_value():
    assert [a.label for a in loss().anchors(8, 2, 4, bounded=False)] == ["blind: 2 ln 2"]
    far = tuple(30.0 * torch.eye(4) - 7.5 for _ in range(2))
    assert float(loss().terms(far, far, Dot(), None)["loss"]) < anchor(loss(), "floor", 4, 2, 4)


def test_the_temperature_can_be_changed_while_training():
    criterion, clouds = loss(0.5), random_views(2, 6, 4)
    criterion.spec = criterion.spec.replaced(temperature=0.1)
    assert value(criterion, clouds) == pytest.approx(value(loss(0.1), clouds))


def test_no_negatives_no_landmarks():
    assert loss(batch_negatives=False).anchors(8, 2, 4) == ()
    assert LogisticSpec.prevents_collapse
    assert ENTRY.kind == "logistic"
