from __future__ import annotations

import math

import pytest
import torch
from sklearn.metrics import confusion_matrix

from sslstudio.engine.gallery import (
    NEIGHBOURS,
    QUERIES,
    SHOWN_CLUSTERS,
    SHOWN_MEMBERS,
    Sorting,
    cluster_gallery,
    neighbour_gallery,
    prototype_gallery,
    typical_first,
)

UNKNOWN = torch.full((40,), -1)


def on_a_circle(degrees: list[float]) -> torch.Tensor:
    angles = torch.tensor(degrees).deg2rad()
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def test_purity_counts_each_clusters_commonest_class_among_the_labelled():
    torch.manual_seed(0)
    clusters, labels = torch.randint(6, (300,)), torch.randint(-1, 4, (300,))
    known = labels >= 0
    table = confusion_matrix(labels[known], clusters[known], labels=range(6))
    expected = table.max(axis=0).sum() / int(known.sum())
    assert Sorting(clusters, labels).purity() == pytest.approx(expected)
    assert math.isnan(Sorting(clusters, torch.full((300,), -1)).purity())


def test_entropy_is_that_of_the_sizes():
    clusters = torch.tensor([4] * 6 + [1] * 3 + [9] * 1)
    numbers = Sorting(clusters, torch.full((10,), -1)).numbers()
    expected = -sum(p * math.log(p) for p in (0.6, 0.3, 0.1))
    assert numbers["cluster entropy"] == pytest.approx(expected)
    assert (numbers["used clusters"], numbers["sorted images"]) == (3, 10)
    even = Sorting(torch.arange(40) % 8, UNKNOWN).numbers()
    assert even["cluster entropy"] == pytest.approx(math.log(8))
    assert Sorting(torch.zeros(40).long(), UNKNOWN).numbers()["cluster entropy"] == 0.0


def test_the_largest_clusters_come_first():
    clusters = torch.tensor([3, 3, 3, 0, 0, 7, 7, 7, 7, 2])
    assert Sorting(clusters, torch.zeros(10).long()).largest(3) == [7, 3, 0]
    assert Sorting(clusters, torch.zeros(10).long()).members(3).tolist() == [0, 1, 2]


def test_typical_images_are_those_nearest_to_the_mean_direction():
    z = on_a_circle([80.0, 0.0, 20.0, 30.0]) * torch.tensor([[9.0], [1.0], [2.0], [0.1]])
    # The mean direction of unit vectors lies near 32 degrees, however long they are.
    assert typical_first(z).tolist() == [3, 2, 1, 0]


def test_a_row_says_size_and_share_of_the_commonest_class():
    sorting = Sorting(torch.tensor([5] * 4 + [2] * 2), torch.tensor([1, 1, 1, 0, -1, -1]))
    gallery = cluster_gallery(sorting, {5: torch.tensor([2, 0]), 2: torch.tensor([4])}, "clusters")
    assert [one.row.caption for one in gallery.rows] == [
        "Cluster 6, 4 images, 75 % of one class",
        "Cluster 3, 2 images",
    ]
    assert [one.images.tolist() for one in gallery.rows] == [[2, 0], [4]]


def test_prototypes_show_the_images_that_they_fit_best():
    scores = torch.zeros(40, 12)
    scores[:12, 4] = torch.linspace(0.1, 0.9, 12)
    scores[12:, 7] = torch.linspace(0.9, 0.1, 28)
    gallery = prototype_gallery(scores, UNKNOWN)
    assert [one.row.caption for one in gallery.rows] == [
        "Prototype 8, 28 images",
        "Prototype 5, 12 images",
    ]
    assert gallery.rows[0].images.tolist() == list(range(12, 12 + SHOWN_MEMBERS))
    assert gallery.rows[1].images.tolist() == list(range(11, 11 - SHOWN_MEMBERS, -1))
    assert gallery.rows[0].row.group == "prototypes"
    scattered = prototype_gallery(torch.eye(40), UNKNOWN)
    assert len(scattered.rows) == SHOWN_CLUSTERS


def test_neighbours_stand_behind_their_image_and_are_marked_by_class():
    z = on_a_circle([0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 180.0, 181.0])
    labels = torch.tensor([0, 1, 0, 0, 1, -1, 1, 0])
    gallery = neighbour_gallery(z, labels)
    first, second = gallery.rows[:2]
    assert first.images.tolist() == [0, 1, 2, 3, 4, 5]
    assert first.row.marks == (None, False, True, True, False, False)
    assert first.row.caption == "Image 1, then its 5 nearest: 2 of its class"
    assert second.images.tolist()[0] == 1
    cosines = z @ z.T - 2.0 * torch.eye(8)
    near = cosines.argsort(dim=1, descending=True)[:, :NEIGHBOURS]
    hits = [labels[n] == labels[i] for i, row in enumerate(near) if labels[i] >= 0 for n in row]
    assert gallery.numbers["neighbours alike"] == pytest.approx(sum(map(int, hits)) / len(hits))


def test_an_images_twin_is_its_neighbour_and_not_the_image_itself():
    z = torch.cat([on_a_circle([30.0, 30.0, 30.0]), on_a_circle([90.0, 95.0, 99.0, 140.0])])
    for number, one in enumerate(neighbour_gallery(z, torch.full((7,), -1)).rows):
        query, *near = one.images.tolist()
        assert query == number
        assert query not in near
        assert one.row.marks == ()
        assert ":" not in one.row.caption


def test_the_asked_images_are_of_different_classes_where_that_is_known():
    labels = torch.tensor([2, 2, 2, 0, 1, -1, 3, 2])
    z = torch.randn(8, 4)
    asked = [int(one.images[0]) for one in neighbour_gallery(z, labels).rows]
    assert asked == [0, 3, 4, 6, 1]
    assert len(asked) == QUERIES


def test_fewer_images_than_neighbours_are_all_shown():
    gallery = neighbour_gallery(torch.randn(3, 4), torch.zeros(3).long())
    assert [len(one.images) for one in gallery.rows] == [3, 3, 3]
    assert gallery.rows[0].row.caption == "Image 1, then its 2 nearest: 2 of its class"
