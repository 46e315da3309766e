from __future__ import annotations

import math

import lightly.loss
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from sslstudio.catalog.losses.nt_xent import ENTRY, NtXent, NtXentSpec
from sslstudio.catalog.similarities.dot import Dot
from sslstudio.domain.errors import RecipeError
from tests.catalog.losses.clouds import (
    anchor,
    constant_views,
    random_views,
    simplex,
    terms,
    value,
)


def loss(temperature=0.2, **fields):
    return NtXent(NtXentSpec(temperature=temperature, **fields))


def by_the_book(views, temperature, memory=()):
    """Return equation 1 of the paper as loops, for any number of views."""
    unit = [F.normalize(view.double(), dim=1) for view in views]
    stored = [F.normalize(row.double(), dim=0) for row in memory]
    total, count = 0.0, 0
    for a in range(len(unit)):
        for b in range(len(unit)):
            for i in range(len(unit[0])):
                if a == b:
                    continue
                positive = math.exp(float(unit[a][i] @ unit[b][i]) / temperature)
                negatives = [
                    unit[c][j] for c in range(len(unit)) for j in range(len(unit[0])) if j != i
                ] + stored
                crowd = sum(math.exp(float(unit[a][i] @ n) / temperature) for n in negatives)
                total -= math.log(positive / (positive + crowd))
                count += 1
    return total / count


@pytest.mark.parametrize(("views", "images", "temperature"), [(2, 5, 0.5), (3, 4, 0.1), (4, 2, 1)])
def test_it_is_the_papers_formula(views, images, temperature):
    clouds = random_views(views, images, 6)
    assert value(loss(temperature), clouds) == pytest.approx(
        by_the_book(clouds, temperature), rel=1e-5
    )


def test_stored_negatives_join_the_denominator():
    clouds, memory = random_views(2, 4, 6), random_views(1, 7, 6, seed=1)[0]
    expected = by_the_book(clouds, 0.3, memory)
    assert value(loss(0.3), clouds, memory=memory) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0])
def test_it_equals_lightlys_for_two_views(temperature):
    first, second = random_views(2, 32, 16)
    reference = float(lightly.loss.NTXentLoss(temperature)(first, second))
    assert value(loss(temperature), (first, second)) == pytest.approx(reference, rel=1e-5)


def test_without_batch_negatives_it_is_mocos_cross_entropy():
    query, key = random_views(2, 6, 8)
    memory = random_views(1, 11, 8, seed=1)[0]
    found = value(loss(0.2, batch_negatives=False), (query, key), (query, key), memory)

    def one_way(q, k):
        q, k, stored = (F.normalize(x, dim=1) for x in (q, k, memory))
        logits = torch.cat([(q * k).sum(dim=1, keepdim=True), q @ stored.T], dim=1) / 0.2
        return F.cross_entropy(logits, torch.zeros(6, dtype=torch.int64))

    expected = (one_way(query, key) + one_way(key, query)) / 2
    assert found == pytest.approx(float(expected), rel=1e-5)


def test_with_a_memory_it_equals_lightlys():
    query, key = random_views(2, 16, 8)
    reference = lightly.loss.NTXentLoss(0.2, memory_bank_size=(40, 8))
    reference(query, key)  # fills the bank with random directions
    memory = reference.memory_bank.bank.clone()
    expected = (reference(query, key) + _with_bank(reference, memory)(key, query)) / 2
    found = value(loss(0.2, batch_negatives=False), (query, key), memory=memory)
    assert found == pytest.approx(float(expected), rel=1e-5)


def _with_bank(criterion, memory):
    criterion.memory_bank.bank.copy_(memory)
    return criterion


def test_without_any_negatives_it_says_what_to_do():
    with pytest.raises(RecipeError, match="memory"):
        value(loss(batch_negatives=False), random_views(2, 4, 4))


@pytest.mark.parametrize(("views", "images", "stored"), [(2, 256, 0), (2, 16, 32), (3, 16, 0)])
def test_constant_embeddings_cost_the_log_of_the_choices(views, images, stored):
    memory = constant_views(1, stored, 8)[0] if stored else None
    expected = anchor(loss(), "all alike", images, views, 8, stored=stored)
    assert expected == pytest.approx(math.log(views * (images - 1) + 1 + stored), abs=1e-9)
    assert value(loss(), constant_views(views, images, 8), memory=memory) == pytest.approx(
        expected, abs=1e-5
    )


@pytest.mark.parametrize(
    ("images", "temperature", "sphere", "floor"),
    [(256, 0.5, 4.264, 4.241), (256, 0.2, 1.566, 1.475), (256, 0.1, 0.034, 0.022)],
)
def test_the_landmarks_have_their_known_values(images, temperature, sphere, floor):
    sizes = (images, 2, 128)
    assert anchor(loss(temperature), "uniform sphere", *sizes) == pytest.approx(sphere, abs=1e-3)
    assert anchor(loss(temperature), "floor", *sizes) == pytest.approx(floor, abs=1e-3)


def test_random_directions_with_identical_views_reach_the_sphere_value():
    cloud = random_views(1, 512, 128)[0]
    expected = anchor(loss(0.2), "uniform sphere", 512, 2, 128)
    assert value(loss(0.2), (cloud, cloud)) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("views", [2, 3])
def test_the_simplex_attains_the_floor(views):
    corners = (simplex(9),) * views
    floor = anchor(loss(0.3), "floor", 9, views, 9)
    assert value(loss(0.3), corners) == pytest.approx(floor, abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    views=st.integers(2, 4),
    images=st.integers(2, 6),
    stored=st.integers(0, 3),
    temperature=st.floats(0.05, 2.0),
)
def test_nothing_gets_below_the_floor(seed, views, images, stored, temperature):
    # Free queries, targets and memory, moved downhill: the hardest opponent of a lower bound.
    generator = torch.Generator().manual_seed(seed)
    shape = (2 * views, images, 3)
    cloud = torch.randn(shape, generator=generator).requires_grad_()
    memory = torch.randn(stored, 3, generator=generator).requires_grad_()
    criterion = loss(temperature)
    descent = torch.optim.Adam([cloud, memory], lr=0.2)
    for _ in range(25):
        views_now = cloud.unbind()
        current = terms(
            criterion, views_now[:views], views_now[views:], memory if stored else None
        )["loss"]
        descent.zero_grad()
        current.backward()
        descent.step()
    floor = anchor(criterion, "floor", images, views, 3, stored=stored)
    assert float(current.detach()) >= floor - 1e-5


def test_an_unbounded_similarity_has_no_floor():
    assert [a.kind for a in loss().anchors(8, 2, 4, bounded=False)] == ["collapse"]
    far = tuple(100.0 * view for view in (simplex(8), simplex(8)))
    below = loss().terms(far, far, Dot(), None)["loss"]
    assert float(below) < anchor(loss(), "floor", 8, 2, 8)


def test_no_negatives_no_landmarks():
    assert loss(batch_negatives=False).anchors(8, 2, 4) == ()


def test_the_order_of_the_views_does_not_matter():
    views = random_views(3, 5, 4)
    swapped = (views[2], views[0], views[1])
    assert value(loss(), views) == pytest.approx(value(loss(), swapped), rel=1e-6)


def test_accuracy_counts_the_positives_that_come_first():
    first = torch.eye(4)
    second = torch.eye(4)[[0, 1, 3, 2]]
    found = terms(loss(), (first, second))
    assert float(found["contrastive accuracy"]) == pytest.approx(0.5)
    assert float(found["positive similarity"]) == pytest.approx(0.5)
    assert float(found["negative similarity"]) == pytest.approx(4 / 48)


def test_the_temperature_can_be_changed_while_training():
    criterion, clouds = loss(0.5), random_views(2, 6, 4)
    before = value(criterion, clouds)
    criterion.spec = criterion.spec.replaced(temperature=0.1)
    assert value(criterion, clouds) == pytest.approx(value(loss(0.1), clouds))
    assert value(criterion, clouds) != pytest.approx(before, abs=1e-2)


def test_a_detached_target_gets_no_gradient():
    online = [view.requires_grad_() for view in random_views(2, 6, 4)]
    frozen = [view.detach() for view in online]
    terms(loss(), online, frozen)["loss"].backward()
    assert all(view.grad is not None for view in online)
    assert all(view.grad is None for view in frozen)


def test_the_spec_says_what_it_needs():
    assert NtXentSpec.prevents_collapse
    assert NtXentSpec.uses_similarity
    assert not NtXentSpec.asymmetric
    assert ENTRY.kind == "nt-xent"
