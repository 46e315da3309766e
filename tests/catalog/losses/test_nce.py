from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.losses.nce import ENTRY, Nce, NceSpec
from sslstudio.catalog.targets.memory_bank import MemoryBankSpec
from sslstudio.catalog.targets.same import SameSpec
from tests.catalog.losses.clouds import anchor, constant_views, random_views, terms, value
from tests.catalog.losses.wirings import wiring

IMAGES = 1000
"""Any number: it drops out."""


def loss(temperature=0.2, **fields):
    return Nce(NceSpec(temperature=temperature, **fields))


def by_the_book(views, temperature, memory, log_z=None):
    """Return equations 4 to 8 of Wu et al. as loops, for negatives from memory alone."""
    views = [F.normalize(view.double(), dim=1) for view in views]
    noise = F.normalize(memory.double(), dim=1)
    m, asked = len(noise), torch.cat(views)
    if log_z is None:
        log_z = math.log(IMAGES * float((asked @ noise.T / temperature).exp().mean()))

    def h(similarity):
        probability = math.exp(similarity / temperature - log_z)
        return probability / (probability + m / IMAGES)

    losses = []
    for a, b in ((0, 1), (1, 0)):
        for query, key in zip(views[a], views[b], strict=True):
            data = -math.log(h(float(query @ key)))
            losses.append(data - sum(math.log(1 - h(float(query @ n))) for n in noise))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("temperature", [0.07, 0.2, 1.0])
def test_it_is_the_papers_formula_with_the_normaliser_of_the_first_batch(temperature):
    views, memory = random_views(2, 5, 6), random_views(1, 9, 6, seed=1)[0]
    found = value(loss(temperature, batch_negatives=False), views, memory=memory)
    assert found == pytest.approx(by_the_book(views, temperature, memory), rel=1e-5)


def test_the_first_batchs_normaliser_stays_if_asked_for():
    views, memory = random_views(2, 5, 6), random_views(1, 9, 6, seed=1)[0]
    later = [random_views(1, 9, 6, seed=seed)[0] + 2.0 for seed in (2, 3)]
    fixed = loss(batch_negatives=False, normaliser="first-batch")
    value(fixed, views, memory=memory)
    log_z = float(fixed.log_mean) + math.log(IMAGES)
    for stored in later:
        expected = by_the_book(views, 0.2, stored, log_z)
        assert value(fixed, views, memory=stored) == pytest.approx(expected, rel=1e-5)
    assert float(fixed.log_mean) + math.log(IMAGES) == log_z


def test_the_running_normaliser_moves_a_tenth_of_the_way_with_each_batch():
    views, first = random_views(2, 5, 6), random_views(1, 9, 6, seed=1)[0]
    second = random_views(1, 9, 6, seed=2)[0] + 1.0
    running, fresh = loss(batch_negatives=False), loss(batch_negatives=False)
    value(running, views, memory=first)
    before = float(running.log_mean)
    value(fresh, views, memory=second)
    value(running, views, memory=second)
    expected = 0.9 * before + 0.1 * float(fresh.log_mean)
    assert float(running.log_mean) == pytest.approx(expected, rel=1e-5)


def test_a_look_in_evaluation_mode_leaves_the_normaliser_alone():
    criterion = loss()
    value(criterion, random_views(2, 5, 6))
    before = float(criterion.log_mean)
    criterion.eval()
    value(criterion, random_views(2, 5, 6, seed=4))
    assert float(criterion.log_mean) == before


def test_a_checkpoint_holds_the_normaliser():
    views = random_views(2, 5, 6)
    first, second = loss(), loss()
    value(first, views)
    second.load_state_dict(first.state_dict())
    later = random_views(2, 5, 6, seed=4)
    assert value(first, later) == value(second, later)
    assert value(loss(), later) != value(second, later)


@pytest.mark.parametrize(("images", "stored"), [(8, 0), (8, 20)])
def test_constant_embeddings_reach_the_anchor_exactly(images, stored):
    m = 2 * (images - 1) + stored
    memory = constant_views(1, stored, 5)[0] if stored else None
    expected = math.log(1 + m) + m * math.log(1 + 1 / m)
    assert anchor(loss(), "all alike", images, 2, 5, stored=stored) == pytest.approx(expected)
    found = value(loss(), constant_views(2, images, 5), memory=memory)
    assert found == pytest.approx(expected, rel=1e-5)


def test_the_normaliser_takes_no_gradient():
    views = [view.requires_grad_() for view in random_views(2, 5, 6)]
    criterion = loss()
    terms(criterion, views)["loss"].backward()
    assert not criterion.log_mean.requires_grad
    assert all(bool(view.grad.isfinite().all()) for view in views)


def test_its_negatives_are_those_of_a_bank_without_complaint():
    spec = NceSpec(batch_negatives=False)
    assert not list(spec.doubts(wiring(MemoryBankSpec(), spec)))
    (problem,) = spec.doubts(wiring(SameSpec(), spec))
    assert problem.severity == "error"
    assert ENTRY.kind == "nce"
