from __future__ import annotations

import math

import pytest
import torch

from sslstudio.catalog.objectives import rotation
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.parts import Batch
from tests.catalog.objectives.tiny import batch_of, context_for, digits, train


@pytest.fixture
def objective():
    torch.manual_seed(0)
    return rotation.build(rotation.RotationSpec(), context_for(digits(), views=1))


def test_zero_logits_cost_exactly_the_chance_anchor(objective):
    torch.nn.init.zeros_(objective.classifier.weight)
    torch.nn.init.zeros_(objective.classifier.bias)
    terms = objective.terms(batch_of(digits(), torch.arange(16)), "model")
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    assert float(terms["loss"].detach()) == pytest.approx(math.log(4), abs=1e-6)
    assert float(terms["loss"].detach()) == pytest.approx(anchors["loss"], abs=1e-6)
    assert float(terms["accuracy"]) == pytest.approx(anchors["accuracy"])


def test_each_image_is_shown_in_all_four_turns_with_the_right_answer(objective, monkeypatch):
    seen = []
    monkeypatch.setattr(
        objective.encoder,
        "forward",
        lambda x: seen.append(x) or torch.zeros(len(x), objective.encoder.dim),
    )
    images = digits().pixels[:2]
    objective.terms(Batch(views=(images,), images=images, indices=torch.arange(2)), "model")
    expected = [images, images.rot90(1, (2, 3)), images.flip((2, 3)), images.rot90(-1, (2, 3))]
    assert torch.equal(seen[0], torch.cat(expected))


def test_it_learns_to_tell_how_digits_are_turned(objective):
    assert train(objective, digits(), epochs=4)["accuracy"] > 0.6


def test_the_exhibition_turns_images_back_when_the_answers_are_right(objective):
    images = digits()
    train(objective, images, epochs=8)
    objective.eval()
    with torch.no_grad():
        batch = batch_of(images, torch.arange(8), views=1)
        shown, hits = objective.exhibit(batch), objective.hits(batch)
    turned, answered = shown.values()
    upright = [
        torch.allclose(one, two, atol=1e-5)
        for one, two in zip(answered, images.pixels[:8], strict=True)
    ]
    assert not torch.allclose(turned[1], images.pixels[1], atol=1e-2)
    assert sum(upright) >= 5
    assert hits["Turned back by the answer"].tolist() == upright


def test_turns_are_right_where_the_answer_is_the_turn(objective):
    batch = batch_of(digits(), torch.arange(8), views=1)
    with torch.no_grad():
        objective.classifier.weight.zero_()
        objective.classifier.bias.copy_(torch.tensor([0.0, 0.0, 1.0, 0.0]))
        assert objective.hits(batch)["Turned back by the answer"].tolist() == [
            False, False, True, False, False, False, True, False,
        ]  # fmt: skip


def test_views_that_are_not_square_are_refused_with_their_size(objective):
    view = torch.zeros(2, 1, 8, 10)
    with pytest.raises(RecipeError, match="8 x 10 px"):
        objective.terms(Batch(views=(view,), images=view, indices=torch.arange(2)), "model")
