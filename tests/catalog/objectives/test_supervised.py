from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from sslstudio.catalog.objectives import supervised
from sslstudio.domain.errors import RecipeError
from tests.catalog.objectives.tiny import batch_of, context_for, digits, train


@pytest.fixture
def objective():
    torch.manual_seed(0)
    return supervised.build(supervised.SupervisedSpec(), context_for(digits(), views=1))


def test_images_without_label_count_neither_in_the_loss_nor_in_the_share(objective):
    objective.eval()
    full = batch_of(digits(), torch.arange(64), views=2)
    labels = full.labels.clone()
    labels[10:] = -1
    some = replace(full, labels=labels)
    few = batch_of(digits(), torch.arange(10), views=2)
    for name, value in objective.terms(some, "model").items():
        assert float(value) == pytest.approx(float(objective.terms(few, "model")[name]), abs=1e-6)
    none = replace(full, labels=torch.full_like(labels, -1))
    assert float(objective.terms(none, "model")["loss"]) == 0.0


def test_only_labelled_images_enter_the_steps(objective):
    labels = torch.tensor([-1, 3, -1, -1, 0, 9])
    assert objective.members(labels).tolist() == [1, 4, 5]
    with pytest.raises(RecipeError, match="learns from labels"):
        objective.members(torch.full((6,), -1))


def test_without_labels_it_cannot_be_built_or_run(objective):
    context = replace(context_for(digits()), classes=0)
    with pytest.raises(RecipeError, match="learns from labels"):
        supervised.build(supervised.SupervisedSpec(), context)
    with pytest.raises(RecipeError, match="learns from labels"):
        objective.terms(replace(batch_of(digits(), torch.arange(4)), labels=None), "model")


def test_zero_logits_cost_exactly_the_chance_anchor(objective):
    torch.nn.init.zeros_(objective.classifier.weight)
    torch.nn.init.zeros_(objective.classifier.bias)
    loss = objective.terms(batch_of(digits(), torch.arange(16)), "model")["loss"]
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    assert float(loss.detach()) == pytest.approx(math.log(10), abs=1e-6)
    assert anchors == pytest.approx({"loss": math.log(10), "accuracy": 0.1})


def test_it_learns_to_name_digits_it_has_never_seen(objective):
    images = digits(1700)
    train(objective, images, epochs=3)
    objective.eval()
    with torch.no_grad():
        batch = batch_of(digits(1797), torch.arange(1700, 1797), views=1)
        terms = objective.terms(batch, "model")
        shown = objective.exhibit(replace(batch, labels=(batch.labels + 1) % 10))
        right = objective.exhibit(batch)
    assert float(terms["accuracy"]) > 0.6
    assert len(right["Named correctly"]) > 8
    assert len(shown["Taken for another class"]) > 8
