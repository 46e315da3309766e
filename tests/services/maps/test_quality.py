import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from sslstudio.services.maps.neighbour_graph import nearest_neighbours, unit_length
from sslstudio.services.maps.quality import map_quality


@pytest.fixture
def vectors():
    return unit_length(np.random.default_rng(0).normal(size=(300, 6)))


def test_trustworthiness_and_neighbours_kept_agree_with_scikit_learn(vectors):
    points = vectors[:, :2]
    trust, kept = map_quality(vectors, points)
    assert trust == pytest.approx(trustworthiness(vectors, points, n_neighbors=10), abs=1e-6)
    near = [
        NearestNeighbors(n_neighbors=10).fit(space).kneighbors(return_distance=False)
        for space in (vectors, points)
    ]
    shared = [len(set(a) & set(b)) / 10 for a, b in zip(*near, strict=True)]
    assert kept == pytest.approx(np.mean(shared), abs=1e-9)


def test_a_map_that_is_the_embedding_itself_is_perfect():
    angles = np.linspace(0, 1, 50)
    circle = unit_length(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    assert map_quality(circle, circle) == (1.0, 1.0)


def test_a_sample_of_a_large_map_says_nearly_the_same():
    vectors = unit_length(np.random.default_rng(1).normal(size=(5000, 4)))
    points = vectors[:, :2]
    trust, kept = map_quality(vectors, points)
    assert trust == pytest.approx(trustworthiness(vectors, points, n_neighbors=10), abs=0.01)
    assert 0 < kept < 1


def test_twins_on_the_map_do_not_count_a_point_as_its_own_neighbour(vectors):
    points = np.zeros((300, 2))
    trust, kept = map_quality(vectors, points)
    assert 0 <= kept < 0.2
    assert trust < 1


@pytest.mark.parametrize("count", [1, 7, 299])
def test_neighbours_are_the_nearest_by_cosine_nearest_first(vectors, count):
    indices, distances = nearest_neighbours(vectors, count, lambda _: None)
    expected = NearestNeighbors(n_neighbors=count, metric="cosine").fit(vectors).kneighbors()
    np.testing.assert_allclose(distances, expected[0], atol=1e-5)
    assert (np.diff(distances, axis=1) >= 0).all()
    assert not (indices == np.arange(300)[:, None]).any()
