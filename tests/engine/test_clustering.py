from __future__ import annotations

import itertools

import pytest
import torch
import torch.nn.functional as F
from sklearn.cluster import KMeans

from sslstudio.engine import clustering
from sslstudio.engine.clustering import spherical_kmeans, usage


def seeded(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def blobs(centres: int, each: int, dim: int = 8, spread: float = 0.05) -> torch.Tensor:
    middle = F.normalize(torch.randn(centres, dim, generator=seeded(1)), dim=1)
    noise = spread * torch.randn(centres * each, dim, generator=seeded(2))
    return F.normalize(middle.repeat_interleave(each, dim=0) + noise, dim=1)


def total_cosine(points: torch.Tensor, groups: tuple[int, ...]) -> float:
    """Return the best summed cosine for a given partition: the lengths of the groups' sums."""
    labels = torch.tensor(groups)
    return sum(float(points[labels == g].sum(dim=0).norm()) for g in set(groups))


def test_the_best_of_a_few_seeds_equals_the_best_of_all_partitions():
    points = F.normalize(torch.randn(8, 3, generator=seeded(3)), dim=1)
    best = max(total_cosine(points, groups) for groups in itertools.product(range(3), repeat=8))
    found = max(float(spherical_kmeans(points, 3, seeded(s)).cosines.sum()) for s in range(20))
    assert found == pytest.approx(best, rel=1e-5)


def test_no_seed_beats_the_best_partition_and_each_is_at_a_fixed_point():
    points = F.normalize(torch.randn(60, 4, generator=seeded(4)), dim=1)
    for seed in range(5):
        found = spherical_kmeans(points, 5, seeded(seed), iterations=100)
        nearest = (points @ found.centroids.T).argmax(dim=1)
        assert torch.equal(found.assignments, nearest)
        for cluster in range(5):
            mean = F.normalize(points[found.assignments == cluster].sum(dim=0), dim=0)
            torch.testing.assert_close(found.centroids[cluster], mean)


def test_inertia_comes_close_to_scikit_learns():
    points = blobs(12, 40, dim=16, spread=0.2)
    mine = max(
        float(spherical_kmeans(points, 12, seeded(s), iterations=50).cosines.sum())
        for s in range(3)
    )
    other = KMeans(12, n_init=3, random_state=0).fit(points.numpy())
    theirs = total_cosine(points, tuple(other.labels_.tolist()))
    assert mine > 0.995 * theirs


def test_separate_groups_are_found_exactly():
    found = spherical_kmeans(blobs(6, 30), 6, seeded())
    groups = found.assignments.view(6, 30)
    assert bool((groups == groups[:, :1]).all())
    assert len(groups[:, 0].unique()) == 6
    assert float(usage(found.assignments, 6)) == pytest.approx(1.0)


def test_the_same_generator_state_gives_the_same_clusters_in_chunks_as_well(monkeypatch):
    points = blobs(20, 20, spread=0.5)
    whole = spherical_kmeans(points, 30, seeded(7))
    again = spherical_kmeans(points, 30, seeded(7))
    monkeypatch.setattr(clustering, "CHUNK", 64)
    chunked = spherical_kmeans(points, 30, seeded(7))
    assert torch.equal(whole.centroids, again.centroids)
    assert torch.equal(whole.assignments, chunked.assignments)


def test_empty_clusters_restart_so_that_all_are_used():
    points = blobs(3, 50, spread=0.3)
    centroids = F.normalize(torch.ones(1, 8), dim=1).repeat(10, 1)
    start = clustering._assign(points, centroids)
    means = clustering._means(points, start)
    after = clustering._assign(points, means)
    assert len(start.assignments.unique()) == 1
    assert len(after.assignments.unique()) == 10


def test_identical_points_and_one_cluster_a_point_are_no_trouble():
    same = F.normalize(torch.ones(20, 4), dim=1)
    found = spherical_kmeans(same, 5, seeded())
    assert bool(found.centroids.isfinite().all())
    assert float(found.cosines.min()) == pytest.approx(1.0, abs=1e-5)
    points = F.normalize(torch.randn(7, 4, generator=seeded(5)), dim=1)
    assert len(spherical_kmeans(points, 7, seeded()).assignments.unique()) == 7


def test_more_clusters_than_points_are_refused():
    with pytest.raises(ValueError, match="3 points cannot form 4 clusters"):
        spherical_kmeans(torch.eye(3), 4, seeded())


@pytest.mark.parametrize(("sizes", "expected"), [([10, 10, 10, 10], 1.0), ([40, 0, 0, 0], 0.25)])
def test_usage_runs_from_one_cluster_to_all(sizes, expected):
    assignments = torch.arange(4).repeat_interleave(torch.tensor(sizes))
    assert float(usage(assignments, 4)) == pytest.approx(expected)
