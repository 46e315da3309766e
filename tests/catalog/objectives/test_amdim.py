"""The whole that finds its parts: the costs by plain code, their anchors, and who is compared."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from sslstudio.catalog.encoders.amdim import ENTRY as LIMITED
from sslstudio.catalog.encoders.amdim import LimitedFieldSpec
from sslstudio.catalog.objectives import amdim
from sslstudio.catalog.objectives.amdim import AmdimSpec, SkipHead
from sslstudio.domain.errors import RecipeError
from tests.catalog.objectives.tiny import (
    as_they_are,
    batch_of,
    context_for,
    digits,
    jitter,
    noise_images,
    optimizers_of,
    step,
    train,
    with_patches,
)


def context_of(images, views: int = 2):
    context = context_for(images, views)
    spec = LimitedFieldSpec(width=8, dim=32, depth=1)
    return replace(context, encoder=LIMITED.build(spec, context))


def ready(images=None, views: int = 2, **fields):
    torch.manual_seed(0)
    return amdim.build(AmdimSpec(**{"dim": 16, **fields}), context_of(images or digits(), views))


def scored(asking: torch.Tensor, answer: torch.Tensor, clip: float) -> tuple[float, float]:
    raw = float((asking * answer).sum()) / math.sqrt(len(asking))
    return raw, clip * math.tanh(raw / clip)


def plain(asking, answers, clip: float) -> tuple[float, float]:
    """Return cost and mean squared score, one pair after the other."""
    prices, squares = [], []
    for mine in range(len(asking)):
        table = [
            [scored(asking[mine], part, clip) for part in answers[other].T]
            for other in range(len(answers))
        ]
        squares += [raw**2 for row in table for raw, _ in row]
        others = [s for other, row in enumerate(table) if other != mine for _, s in row]
        for _, own in table[mine]:
            total = math.exp(own) + sum(math.exp(s) for s in others)
            prices.append(-math.log(math.exp(own) / total))
    return sum(prices) / len(prices), sum(squares) / len(squares)


def test_the_costs_are_those_of_equation_2_between_all_positions():
    objective = ready(clip=3.0, penalty=0.1)  # in training mode scores are far from alike
    images = digits()
    batch = batch_of(images, torch.tensor([0, 60, 130, 200]), 2, jitter)
    torch.manual_seed(8)
    with torch.no_grad():
        terms = objective.terms(batch, "model")
        first, second = (objective._scales(view) for view in batch.views)
        torch.manual_seed(8)
        asked = [amdim._drawn(one.narrow) for one in (first, second)]
    pairs = {
        "1 to 5": [(first.whole, second.narrow), (second.whole, first.narrow)],
        "1 to 7": [(first.whole, second.wide), (second.whole, first.wide)],
        "5 to 5": [(asked[0], second.narrow), (asked[1], first.narrow)],
    }
    total = 0.0
    for name, both in pairs.items():
        found = [plain(asking, answers, 3.0) for asking, answers in both]
        cost, square = (sum(values) / 2 for values in zip(*found, strict=True))
        assert float(terms[name]) == pytest.approx(cost, rel=1e-4)
        total += cost + 0.1 * square
    assert float(terms["loss"]) == pytest.approx(total, rel=1e-4)


def test_scores_that_are_all_alike_cost_exactly_the_anchors():
    images = digits()
    objective = ready(images)
    for head in (objective.global_head, *objective.local_heads.values()):
        torch.nn.init.zeros_(head.norm.weight)
    batch = batch_of(images, torch.arange(64))
    terms = objective.terms(batch, "model")
    maps = objective.encoder.stages(batch.views[0])
    counts = {"1 to 5": maps["f5"], "1 to 7": maps["f7"], "5 to 5": maps["f5"]}
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    for name, features in counts.items():
        assert anchors[name] == pytest.approx(math.log(1 + 63 * features[0, 0].numel()))
    for name, value in anchors.items():
        assert float(terms[name].detach()) == pytest.approx(value, rel=1e-5)


def test_only_other_images_are_negatives():
    # Two images whose parts all point to the own whole: nothing is left to pay.
    objective = ready(clip=20.0)
    asking = torch.eye(2, 16) * 20.0
    answers = asking[:, :, None].expand(-1, -1, 9)
    price = objective._price(asking, answers)
    assert float(price.loss) == pytest.approx(
        math.log1p(9 * math.exp(-20 * math.tanh(5))), abs=1e-6
    )
    assert float(price.accuracy) == 1.0
    assert float(objective._price(asking, answers.flip(0)).accuracy) == 0.0


def test_scores_never_pass_the_clip_and_keep_their_penalty():
    objective = ready(clip=2.0)
    asking = torch.eye(2, 16) * 400.0
    answers = asking[:, :, None].expand(-1, -1, 4)
    price = objective._price(asking, answers)
    # Two own scores of 10,000 and two of 0 at each of four positions.
    assert float(price.square) == pytest.approx(4e4**2 / 2)
    assert float(price.loss) == pytest.approx(math.log1p(4 * math.exp(-2.0)), rel=1e-5)


def test_one_position_of_each_image_is_drawn_blindly():
    features = torch.arange(4.0)[:, None, None] * 100 + torch.arange(9.0).expand(4, 3, 9)
    torch.manual_seed(0)
    seen = torch.stack([amdim._drawn(features) for _ in range(300)])
    assert bool((seen == seen[:, :, :1]).all())
    for image in range(4):
        assert set(seen[:, image, 0].tolist()) == {100.0 * image + place for place in range(9)}
    assert len({tuple(row) for row in seen[:, :, 0].remainder(100).tolist()}) > 100


def test_a_head_is_a_linear_map_beside_two_layers():
    torch.manual_seed(0)
    head = SkipHead(3, 5).eval()
    features = torch.rand(2, 3, 4, 4)
    first, second = head.work[0].weight[:, :, 0, 0], head.work[3].weight[:, :, 0, 0]
    scale = (1.0 + 1e-5) ** -0.5
    for row in range(4):
        x = features[:, :, row, 2]
        hidden = (x @ first.T * scale).relu()
        straight = x @ head.shortcut.weight[:, :, 0, 0].T + head.shortcut.bias
        expected = (hidden @ second.T + straight) * scale
        torch.testing.assert_close(head(features)[:, :, row, 2], expected)


@pytest.mark.parametrize("views", [2, 3])
def test_views_are_compared_in_all_ordered_pairs_but_never_with_themselves(views, monkeypatch):
    objective = ready(views=views)
    batch = batch_of(digits(), torch.arange(16), views, jitter)
    seen, price = [], objective._price
    monkeypatch.setattr(objective, "_price", lambda a, b: seen.append((a, b)) or price(a, b))
    made, scales = [], objective._scales
    monkeypatch.setattr(objective, "_scales", lambda v: made.append(scales(v)) or made[-1])
    objective.terms(batch, "model")
    assert len(seen) == 3 * views * (views - 1)
    for one in made:
        assert not any(a is one.whole and b in (one.narrow, one.wide) for a, b in seen if b is one)
        partners = [b for a, b in seen if a is one.whole]
        assert len(partners) == 2 * (views - 1)
        assert all(b is not one.narrow and b is not one.wide for b in partners)


@pytest.mark.parametrize("fields", [{"dim": 32}, {"clip": 2.0}, {"penalty": 0.5}])
def test_every_setting_changes_the_loss(fields):
    losses = []
    for changed in ({}, fields):
        objective = ready(**changed)
        torch.manual_seed(3)
        terms = objective.terms(batch_of(digits(), torch.arange(16), 2), "model")
        losses.append(float(terms["loss"].detach()))
    assert losses[0] != losses[1]


def test_gradients_reach_every_part():
    objective = ready()
    objective.terms(batch_of(digits(), torch.arange(16), 2, jitter), "model")["loss"].backward()
    moved = {n for n, p in objective.named_parameters() if float(p.grad.abs().sum()) > 0.0}
    assert moved == {name for name, _ in objective.named_parameters()}


def test_two_steps_after_a_restored_state_equal_two_steps_without_a_break():
    images = digits(200)
    first, second = ready(images), ready(images)
    step(first, batch_of(images, torch.arange(64)), optimizers_of(first, 1e-3))
    second.load_state_dict(first.state_dict())
    outcomes = []
    for objective in (first, second):
        optimizers = optimizers_of(objective, 1e-3)
        batches = [batch_of(images, torch.arange(at, at + 64)) for at in (64, 32)]
        outcomes.append([step(objective, batch, optimizers, seed=7) for batch in batches])
    assert outcomes[0] == outcomes[1]


def test_a_few_epochs_find_more_parts_than_guessing():
    images = digits(200)
    objective = ready(images)
    last = train(objective, images, epochs=12, views=2, augment=as_they_are, rate=1e-2)
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    assert last["loss"] < 0.95 * anchors["loss"]
    for name in ("1 to 5", "5 to 5"):
        assert last[name] < 0.9 * anchors[name]
    # Without a halving f7 sees windows of 3 px, of which many images have the same.
    assert last["1 to 7"] < anchors["1 to 7"]
    assert last["accuracy"] > 10 / math.exp(anchors["1 to 5"])


def test_other_encoders_lend_their_last_two_maps():
    context = context_for(noise_images(4, 3, 16))
    assert amdim.build(AmdimSpec(dim=16), context).positions == (64, 16)
    patches = with_patches(context, depth=2)
    assert amdim.build(AmdimSpec(dim=16), patches).positions == (64, 64)


def test_encoders_without_two_maps_are_refused(catalog):
    context = context_for(noise_images(4, 3, 16))
    bare = catalog.build(catalog.kinds["encoders"]["pixels"](), context)
    with pytest.raises(RecipeError, match="has fewer"):
        amdim.build(AmdimSpec(), replace(context, encoder=bare))
