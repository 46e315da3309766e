import numpy as np
import pytest
import torch

from sslstudio.domain.errors import DataError, InputError
from sslstudio.services import retrieval
from sslstudio.services.retrieval import nearest, nearest_to_each


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(500, 16)).astype(np.float32)


def by_force(query, vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ (query / np.linalg.norm(query))
    order = np.argsort(-scores)
    return order, scores[order]


@pytest.mark.parametrize("rows", [7, 100, 10_000])
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_the_nearest_are_those_that_brute_force_finds(vectors, rows, kind, monkeypatch):
    monkeypatch.setattr(retrieval, "ROWS", rows)
    query = 5 * np.random.default_rng(1).normal(size=16).astype(np.float32)
    indices, scores = nearest(kind(query), kind(vectors), 20)
    order, expected = by_force(query, vectors)
    np.testing.assert_array_equal(indices, order[:20])
    np.testing.assert_allclose(scores, expected[:20], atol=1e-6)


@pytest.mark.parametrize("rows", [7, 10_000])
def test_every_query_can_leave_itself_out(vectors, rows, monkeypatch):
    monkeypatch.setattr(retrieval, "ROWS", rows)
    asked = np.array([3, 250, 499])
    indices, scores = nearest_to_each(vectors[asked], vectors, 5, exclude=asked)
    for row, (found, score) in zip(asked, zip(indices, scores, strict=True), strict=True):
        order, expected = by_force(vectors[row], vectors)
        assert order[0] == row
        np.testing.assert_array_equal(found, order[1:6])
        np.testing.assert_allclose(score, expected[1:6], atol=1e-6)


def test_fewer_are_returned_where_there_are_no_more(vectors):
    indices, _ = nearest(vectors[2], vectors[:4], 10, exclude=2)
    assert sorted(indices) == [0, 1, 3]


def test_half_precision_vectors_are_compared_in_full_precision(vectors):
    half = torch.from_numpy(vectors).to(torch.bfloat16)
    indices, scores = nearest(half[0], half, 1)
    assert indices.tolist() == [0]
    assert scores[0] == pytest.approx(1, abs=1e-5)


def test_what_cannot_be_searched_is_refused(vectors):
    with pytest.raises(DataError, match="same encoder"):
        nearest(vectors[0, :8], vectors, 3)
    with pytest.raises(InputError, match="at least one"):
        nearest(vectors[0], vectors, 0)
    with pytest.raises(DataError, match="not a number"):
        nearest(vectors[0] * np.nan, vectors, 3)
