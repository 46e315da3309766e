from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.objectives import exemplar
from sslstudio.domain.errors import RecipeError
from tests.catalog.objectives.tiny import batch_of, context_for, digits, jitter, train


def objective_for(images, **fields) -> exemplar.Exemplar:
    torch.manual_seed(0)
    return exemplar.build(exemplar.ExemplarSpec(**fields), context_for(images, views=1))


def test_each_chosen_image_is_a_class_and_only_these_enter_the_steps():
    images = digits(200)
    objective = objective_for(images, classes=50)
    rows = objective.members(images.labels)
    assert len(set(rows.tolist())) == 50
    assert rows.tolist() == sorted(rows.tolist())
    assert objective.numbers[rows].tolist() == list(range(50))
    others = [row for row in range(200) if row not in set(rows.tolist())]
    assert set(objective.numbers[others].tolist()) == {-1}
    # Spread over the list, so that a set sorted by class gives all classes.
    assert max(rows.diff()) <= 8
    assert torch.equal(rows, objective_for(images, classes=50).members(images.labels))


def test_the_loss_is_the_softmax_over_seeds():
    images = digits(200)
    objective = objective_for(images, classes=50).eval()
    rows = objective.members(images.labels)[:20]
    batch = batch_of(images, rows, views=2)
    logits = objective.classifier(objective.projector(objective.encoder(batch.views[0])))
    by_hand = -(logits.exp() / logits.exp().sum(dim=1, keepdim=True)).log().diag().mean()
    loss = objective.terms(batch, "model")["loss"]
    assert float(loss.detach()) == pytest.approx(float(by_hand.detach()), rel=1e-5)
    torch.nn.init.zeros_(objective.classifier.weight)
    torch.nn.init.zeros_(objective.classifier.bias)
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    loss = float(objective.terms(batch, "model")["loss"].detach())
    assert loss == pytest.approx(math.log(50), abs=1e-5)
    assert anchors == pytest.approx({"loss": math.log(50), "accuracy": 1 / 50})


@pytest.mark.parametrize(
    ("images", "count"), [(300, 300), (2000, 1600), (10_000, 3578), (50_000, 8000)]
)
def test_the_number_of_classes_follows_the_number_of_images(images, count):
    context = replace(context_for(digits(100)), train_images=images)
    assert len(exemplar.build(exemplar.ExemplarSpec(), context).seeds) == count


def test_more_classes_than_images_is_refused():
    with pytest.raises(RecipeError, match="200 training images cannot be 300 classes"):
        objective_for(digits(200), classes=300)


def test_it_learns_to_trace_new_views_to_their_images():
    images = digits(200)
    objective = objective_for(images, hidden=64)
    train(objective, images, epochs=25, augment=jitter)
    objective.eval()
    torch.manual_seed(12345)
    with torch.no_grad():
        batch = batch_of(images, torch.arange(200), views=1, augment=jitter)
        terms = objective.terms(batch, "model")
        shown = objective.exhibit(batch_of(images, torch.arange(12), views=1, augment=jitter))
    assert float(terms["accuracy"]) > 20 / 200
    found = [
        int((images.pixels[:12] - picture).square().sum(dim=(1, 2, 3)).argmin())
        for picture in shown["Taken for"]
    ]
    assert sum(row == number for number, row in enumerate(found)) >= 8


def test_images_found_again_are_the_most_similar_ones_among_those_shown():
    images = digits(200)
    objective = objective_for(images).eval()
    objective.before_epoch(0, images, torch.Generator())
    batch = batch_of(images, torch.arange(6), views=1)
    z = F.normalize(objective.project(objective.encoder(batch.views[0])), dim=1)
    assert (z @ z.T).argmax(dim=1).tolist() == list(range(6))
    assert torch.equal(objective.exhibit(batch)["Taken for"], batch.images)
    assert objective.hits(batch)["Taken for"].all()
    moved = replace(batch, views=(batch.views[0].roll(1, dims=0),))
    assert not objective.hits(moved)["Taken for"].any()
