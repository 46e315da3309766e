from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.engine import neighbours
from sslstudio.engine.neighbours import knn_accuracy, nearest, vote


def normal(points: int, dim: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(points, dim, generator=torch.Generator().manual_seed(seed))


def by_the_book(queries, bank, labels, k, temperature):
    """Return the weighted vote as loops."""
    answers = []
    for query in queries.double():
        cosines = sorted(
            (
                (float(F.cosine_similarity(query, row, dim=0)), int(label))
                for row, label in zip(bank.double(), labels, strict=True)
            ),
            reverse=True,
        )
        votes: dict[int, float] = {}
        for cosine, label in cosines[:k]:
            votes[label] = votes.get(label, 0.0) + math.exp(cosine / temperature)
        answers.append(max(votes, key=votes.__getitem__))
    return answers


@pytest.mark.parametrize(("k", "temperature"), [(1, 0.07), (5, 0.07), (20, 1.0)])
def test_the_vote_is_the_papers(k, temperature):
    queries, bank = normal(12, 6), normal(40, 6, seed=1)
    labels = torch.arange(40) % 3
    found = vote(queries, bank, labels, k, temperature).tolist()
    assert found == by_the_book(queries, bank, labels, k, temperature)


def test_chunks_do_not_change_the_answer(monkeypatch):
    queries, bank = normal(50, 8), normal(90, 8, seed=1)
    labels = torch.arange(90) % 4
    whole = vote(queries, bank, labels)
    monkeypatch.setattr(neighbours, "CHUNK", 7)
    assert torch.equal(vote(queries, bank, labels), whole)


def test_near_votes_weigh_more_than_many():
    bank = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    labels = torch.tensor([1, 0, 0, 0])
    query = torch.tensor([[1.0, 0.1]])
    assert vote(query, bank, labels, neighbours=4, temperature=0.07).tolist() == [1]
    assert vote(query, bank, labels, neighbours=4, temperature=100.0).tolist() == [0]


def test_a_tiny_temperature_stays_finite():
    bank = normal(10, 4)
    found = vote(bank, bank, torch.arange(10), neighbours=3, temperature=1e-3)
    assert torch.equal(found, torch.arange(10))


def test_equal_cosines_stand_in_the_order_of_rows():
    bank = torch.ones(5, 3)
    _, rows = nearest(torch.ones(1, 3), bank, neighbours=5)
    assert rows.tolist() == [[0, 1, 2, 3, 4]]


def test_a_bank_smaller_than_k_votes_with_all_it_has():
    cosines, rows = nearest(normal(3, 4), normal(2, 4, seed=1))
    assert cosines.shape == rows.shape == (3, 2)


def test_accuracy_of_separated_classes_is_one_and_of_shuffled_labels_is_chance():
    centres = 5 * normal(4, 16)
    labels = torch.arange(400) % 4
    cloud = centres[labels] + 0.1 * normal(400, 16, seed=1)
    assert knn_accuracy(cloud[:300], labels[:300], cloud[300:], labels[300:]) == 1.0
    shuffled = labels[torch.randperm(400, generator=torch.Generator().manual_seed(2))]
    assert knn_accuracy(cloud[:300], shuffled[:300], cloud[300:], shuffled[300:]) < 0.5


def test_it_runs_on_another_device_without_mixing():
    with FakeTensorMode(allow_non_fake_inputs=False):
        cosines, rows = nearest(
            torch.empty(6, 4, device="cuda"), torch.empty(9, 4, device="cuda"), neighbours=3
        )
    assert cosines.device.type == rows.device.type == "cuda"
