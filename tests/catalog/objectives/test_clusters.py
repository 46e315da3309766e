"""DeepCluster, SeLa, local aggregation and PCL against the formulas of their papers."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import normalized_mutual_info_score

from sslstudio.catalog.objectives import (
    deepcluster,
    deepcluster_v2,
    local_aggregation,
    pcl,
    sela,
)
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.clustering import Clustering, mutual_information
from tests.catalog.objectives.tiny import batch_of, context_for, digits, jitter, train


def ready(module, count: int = 500, **fields):
    torch.manual_seed(0)
    objective = module.build(module.ENTRY.spec(**fields), context_for(digits(count)))
    objective.before_epoch(0, digits(count), torch.Generator().manual_seed(0))
    return objective


def test_mutual_information_is_scikit_learns_and_ignores_renumbering():
    first, second = torch.randint(7, (400,)), torch.randint(7, (400,))
    second[:250] = (first[:250] + 3) % 7
    expected = normalized_mutual_info_score(first, second, average_method="geometric")
    assert float(mutual_information(first, second, 7)) == pytest.approx(expected, abs=1e-6)
    renamed = torch.randperm(7)[first]
    assert float(mutual_information(first, renamed, 7)) == pytest.approx(1.0)


@pytest.mark.parametrize("module", [deepcluster, sela], ids=["deepcluster", "sela"])
def test_labels_are_learnt_used_evenly_and_last(module):
    torch.manual_seed(0)
    field = {"clusters": 12} if module is deepcluster else {"labels": 12}
    objective = module.build(module.ENTRY.spec(**field), context_for(digits()))
    last = train(objective, digits(), epochs=8, augment=jitter, rate=1e-2)
    # DeepCluster has seven steps in an epoch for a classifier that is drawn anew.
    assert last["loss"] < 0.95 * math.log(12)
    assert last["accuracy"] > 1.5 / 12
    assert last["usage"] > 0.5
    assert 0.2 < last["cluster stability"] <= 1.0


def test_deepcluster_weighs_images_as_if_clusters_were_drawn_evenly():
    objective = ready(deepcluster, clusters=9)
    sizes = torch.bincount(objective.assignments, minlength=9)
    weights = objective.weights[objective.assignments]
    assert float(weights.sum()) == pytest.approx(500.0, rel=1e-4)
    per_cluster = torch.zeros(9).index_add_(0, objective.assignments, weights)
    torch.testing.assert_close(per_cluster[sizes > 0], torch.full((9,), 500 / 9)[sizes > 0])
    batch = batch_of(digits(), torch.arange(64), views=1)
    answers = objective.classifier(objective.encoder(batch.views[0]))
    wanted = objective.assignments[:64]
    one = F.cross_entropy(answers, wanted, reduction="none")
    expected = (one * objective.weights[wanted]).mean()
    torch.testing.assert_close(objective.terms(batch, "model")["loss"], expected)


def test_deepcluster_draws_a_new_classifier_each_epoch_by_the_generator_alone():
    twins = [ready(deepcluster, clusters=9) for _ in range(2)]
    for number, twin in enumerate(twins):
        torch.manual_seed(number)
        twin.before_epoch(1, digits(), torch.Generator().manual_seed(5))
    first, second = (twin.classifier.weight for twin in twins)
    assert torch.equal(first, second)
    assert float(first.detach().std()) == pytest.approx(0.01, rel=0.2)


def test_sela_labels_every_value_alike_and_sharpness_follows_the_network():
    objective = ready(sela, labels=10, heads=2)
    for head in range(2):
        sizes = torch.bincount(objective.labels[head], minlength=10)
        assert int(sizes.min()) > 20
    with torch.no_grad():
        # A network that answers 0 everywhere: the constant answer is ruled out all the same.
        for classifier in objective.classifiers:
            classifier.bias[0] = 8.0
    objective.before_epoch(1, digits(), torch.Generator())
    sizes = torch.bincount(objective.labels[0], minlength=10)
    assert float(objective.usage) > 0.8
    assert int(sizes.max()) < 150


def test_too_many_clusters_are_refused():
    with pytest.raises(RecipeError, match="clusters: 60 is more than the 50 training images"):
        ready(deepcluster, count=50, clusters=60)
    with pytest.raises(RecipeError, match="labels: 60 is more than the 50 training images"):
        ready(sela, count=50, labels=60)


def plain_local_aggregation(objective, z, index):
    """Equation 5 for one image, with sets."""
    bank = objective.bank.vectors
    probability = torch.exp(bank @ z / objective.spec.temperature)
    similar = (bank @ z).clone()
    similar[index] = torch.inf
    background = set(similar.topk(objective.background).indices.tolist())
    close = {
        other
        for clustering in objective.assignments
        for other in torch.nonzero(clustering == clustering[index]).flatten().tolist()
    }
    inner, outer = (
        sum(float(probability[j]) for j in chosen) for chosen in (close & background, background)
    )
    return -math.log(inner / outer)


def test_local_aggregation_follows_the_paper_with_sets():
    objective = ready(local_aggregation, background=40, clusters=12, temperature=0.5)
    objective.after_step(1.0)
    objective.eval()
    batch = batch_of(digits(), torch.arange(100, 116), views=1)
    with torch.no_grad():
        z = objective.project(objective.encoder(batch.views[0]))
        expected = [plain_local_aggregation(objective, z[i], 100 + i) for i in range(16)]
        terms = objective.terms(batch, "model")
    assert float(terms["loss"]) == pytest.approx(sum(expected) / 16, rel=1e-4)
    assert float(terms["loss"]) == float(terms["gathering loss"])


def test_local_aggregation_begins_as_instance_discrimination():
    objective = ready(local_aggregation, instance_share=0.5)
    batch = batch_of(digits(), torch.arange(32))
    for progress, name in ((0.2, "instance loss"), (0.6, "gathering loss")):
        objective.after_step(progress)
        terms = objective.terms(batch, "model")
        assert float(terms["loss"].detach()) == float(terms[name])


def test_pcl_concentration_is_equation_12_scaled_to_mean_one():
    points = F.normalize(torch.randn(300, 8), dim=1)
    centroids = F.normalize(torch.randn(5, 8), dim=1)
    cosines, assignments = (points @ centroids.T).max(dim=1)
    found = pcl.concentration(Clustering(centroids, assignments, cosines))
    phi = []
    for cluster in range(5):
        members = points[assignments == cluster]
        width = (members - centroids[cluster]).norm(dim=1).sum()
        phi.append(float(width) / (len(members) * math.log(len(members) + 10)))
    expected = torch.tensor(phi)
    expected = expected.clamp(expected.quantile(0.1), expected.quantile(0.9))
    torch.testing.assert_close(found, expected / expected.mean(), atol=1e-4, rtol=1e-4)


def test_pcl_contrasts_with_stored_keys_and_with_prototypes():
    objective = ready(pcl, clusters=16, granularities=2, queue=64, temperature=0.3)
    objective.after_step(1.0)
    batch = batch_of(digits(), torch.arange(7))  # too few for split norms
    terms = objective.terms(batch, "model")
    query = objective.project(objective.encoder(batch.views[0]))
    key = F.normalize(objective.teacher(batch.views[1]), dim=1)
    logits = torch.cat([(query * key).sum(1, keepdim=True), query @ objective.queue.vectors.T], 1)
    instance = F.cross_entropy(logits / 0.3, torch.zeros(7, dtype=torch.int64))
    assert float(terms["instance"]) == pytest.approx(float(instance.detach()), rel=0.05)
    level = [
        F.cross_entropy(
            query
            @ objective.get_buffer(f"prototypes{m}").T
            / (0.3 * objective.get_buffer(f"concentration{m}")),
            objective.assignments[m][:7],
        )
        for m in range(2)
    ]
    expected = float(torch.stack(level).mean().detach())
    assert float(terms["prototype"]) == pytest.approx(expected, rel=0.05)
    total = float(terms["instance"]) + float(terms["prototype"])
    assert float(terms["loss"].detach()) == pytest.approx(total, rel=1e-5)


def test_pcl_gives_the_average_no_gradient_and_stores_keys_after_the_step():
    objective = ready(pcl, queue=128)
    before = objective.queue.vectors.clone()
    terms = objective.terms(batch_of(digits(), torch.arange(64)), "model")
    terms["loss"].backward()
    assert all(p.grad is None for p in objective.teacher.parameters())
    assert torch.equal(objective.queue.vectors, before)
    objective.after_step(0.1)
    assert not torch.equal(objective.queue.vectors, before)


def test_pcl_constant_embeddings_cost_the_anchor():
    objective = ready(pcl, queue=100)
    with torch.no_grad():
        for parameter in objective.projector[-1].parameters():
            parameter.zero_()
        objective.projector[-1].bias.fill_(1.0)
    objective.encoder_replaced()
    objective.queue.push(torch.ones(100, 128))
    terms = objective.terms(batch_of(digits(), torch.arange(64)), "model")
    anchor = next(a for a in objective.anchors() if a.term == "instance")
    assert float(terms["instance"]) == pytest.approx(anchor.value, rel=1e-5)


@pytest.mark.parametrize("module", [deepcluster, sela, local_aggregation, pcl, deepcluster_v2])
def test_each_tells_the_cluster_of_every_training_image(module):
    objective = ready(module)
    before = objective.image_clusters()
    assert before.shape == (500,)
    assert 2 <= len(before.unique()) <= 500
    state = objective.state_dict()
    torch.manual_seed(1)
    again = module.build(module.ENTRY.spec(), context_for(digits()))
    again.load_state_dict(state)
    assert torch.equal(again.image_clusters(), before)
