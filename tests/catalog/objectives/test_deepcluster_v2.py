from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.objectives import deepcluster_v2
from sslstudio.catalog.objectives.deepcluster_v2 import DeepClusterSpec
from sslstudio.domain.errors import RecipeError
from tests.catalog.objectives.tiny import batch_of, context_for, digits, jitter, train


def ready(count: int = 500, **fields):
    torch.manual_seed(0)
    return deepcluster_v2.build(DeepClusterSpec(**fields), context_for(digits(count)))


def prepared(count: int = 500, seed: int = 0, **fields):
    objective = ready(count, **fields)
    objective.before_epoch(0, digits(count), torch.Generator().manual_seed(seed))
    return objective


def test_it_learns_to_name_clusters_and_uses_most_of_them():
    last = train(ready(), digits(), epochs=6, views=2, augment=jitter)
    assert last["usage"] > 0.5
    assert last["accuracy"] > 0.25
    assert last["loss"] < math.log(59)


def test_equal_logits_cost_exactly_the_chance_anchor():
    objective = prepared(clusters_per_head=20)
    objective.centroids.zero_()
    loss = objective.terms(batch_of(digits(), torch.arange(32)), "model")["loss"].detach()
    anchor = next(anchor for anchor in objective.anchors() if anchor.term == "loss")
    assert float(loss) == pytest.approx(anchor.value, rel=1e-6)
    assert anchor.value == pytest.approx(math.log(20))


def test_the_first_clusters_already_tell_images_apart():
    objective = prepared(clusters_per_head=10)
    similarity = objective.first_bank.vectors @ objective.first_bank.vectors.T
    assert float(similarity.mean()) < 0.9
    assert float(objective.usage) > 0.5


def test_heads_cluster_the_banks_in_turn_and_give_each_image_its_nearest_centroid():
    objective = prepared(heads=3, clusters_per_head=12)
    objective.second_bank.update(torch.arange(500), torch.randn(500, 128))
    objective.before_epoch(1, digits(), torch.Generator().manual_seed(3))
    first, second = objective.banks
    for head, bank in enumerate((first, second, first)):
        nearest = (bank.vectors @ objective.centroids[head].T).argmax(dim=1)
        assert torch.equal(objective.assignments[head], nearest)
    assert not torch.equal(objective.centroids[0], objective.centroids[2])


def test_views_feed_a_bank_each_after_the_step():
    images = digits()
    objective = prepared()
    objective.encoder.eval()
    objective.projector.eval()
    rows = torch.tensor([4, 8, 15])
    batch = batch_of(images, rows, augment=jitter)
    expected = [F.normalize(objective.project(objective.encoder(v)), dim=1) for v in batch.views]
    before = objective.first_bank.vectors.clone()
    objective.terms(batch, "model")
    assert torch.equal(objective.first_bank.vectors, before)
    objective.after_step(0.0)
    torch.testing.assert_close(objective.first_bank.vectors[rows], expected[0].detach())
    torch.testing.assert_close(objective.second_bank.vectors[rows], expected[1].detach())


def test_the_same_generator_gives_the_same_clusters_and_another_one_others():
    one, two, other = prepared(seed=1), prepared(seed=1), prepared(seed=2)
    assert torch.equal(one.centroids, two.centroids)
    assert torch.equal(one.assignments, two.assignments)
    assert not torch.equal(one.centroids, other.centroids)


def test_later_epochs_cluster_the_bank_and_do_not_look_at_the_images():
    objective = prepared()
    bank = objective.first_bank.vectors.clone()
    objective.before_epoch(1, None, torch.Generator().manual_seed(5))
    assert torch.equal(objective.first_bank.vectors, bank)


@pytest.mark.parametrize(
    ("images", "clusters"), [(20, 2), (100, 12), (1437, 100), (50_000, 593), (1_281_167, 3000)]
)
def test_the_automatic_number_of_clusters_follows_the_images(images, clusters):
    spec = DeepClusterSpec(dim=8, hidden=8, heads=1)
    objective = deepcluster_v2.DeepCluster(spec, context_for(digits(8)).encoder, images)
    assert objective.clusters == clusters


def test_more_clusters_than_images_are_refused_with_the_field():
    with pytest.raises(
        RecipeError, match=r"objective\.clusters_per_head: 101 is more than the 100"
    ):
        ready(100, clusters_per_head=101)
