"""PIRL against the paper's formula, and what its encoder really receives."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.objectives import pirl
from sslstudio.catalog.objectives.pirl import PirlSpec
from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.engine.parts import Batch
from tests.catalog.objectives.tiny import (
    TinyImages,
    batch_of,
    context_for,
    digits,
    jitter,
    optimizers_of,
    step,
)
from tests.support.runs import small_recipe


def large_digits(count: int = 200) -> TinyImages:
    """Return digits three times as large, so that each of nine tiles has 8 px and 2 to move."""
    small = digits(count)
    return TinyImages(small.pixels.repeat_interleave(3, 2).repeat_interleave(3, 3))


def ready(count: int = 200, **fields):
    torch.manual_seed(0)
    return pirl.build(PirlSpec(**fields), context_for(large_digits(count)))


def plain_nce(z, entries, own, temperature) -> float:
    """Equations 3 and 4 for one embedding, with every entry of another image as noise."""
    score = [math.exp(float(entry @ z) / temperature) for entry in entries]
    noise = [value for row, value in enumerate(score) if row != own]
    h = [value / (value + sum(noise)) for value in score]
    others = [value for row, value in enumerate(h) if row != own]
    return -math.log(h[own]) - sum(math.log(1.0 - value) for value in others)


@pytest.mark.parametrize("fields", [{}, {"transformation": "rotation"}, {"grid": 2}])
def test_the_loss_is_the_papers_with_the_transformed_image_and_the_whole_one(fields):
    objective = ready(temperature=0.3, weight=0.7, **fields)
    objective.eval()
    rows = torch.tensor([3, 77, 150])
    batch = batch_of(large_digits(), rows)
    torch.manual_seed(5)
    terms = objective.terms(batch, "model")
    torch.manual_seed(5)
    pieces = objective._changed(batch.views[1], objective._numbers(batch.views[1]))
    used = copy.deepcopy(objective.encoder).train()  # pieces are normed by their own batch
    h = used(pieces.flatten(0, 1)).view(3, objective.pieces, -1)
    tiles = F.linear(h, objective.heads.piece.weight, objective.heads.piece.bias)
    joint = objective.heads.joint(torch.cat(list(tiles.unbind(1)), dim=1))
    whole = objective.heads.whole(objective.encoder(batch.views[0]))
    bank = objective.bank.vectors
    expected = [
        sum(plain_nce(z[i] / z[i].norm(), bank, rows[i], 0.3) for i in range(3)) / 3
        for z in (joint.detach(), whole.detach())
    ]
    assert float(terms["transformed loss"]) == pytest.approx(expected[0], rel=1e-4)
    assert float(terms["image loss"]) == pytest.approx(expected[1], rel=1e-4)
    total = 0.7 * expected[0] + 0.3 * expected[1]
    assert float(terms["loss"].detach()) == pytest.approx(total, rel=1e-4)


def all_alike(objective) -> None:
    with torch.no_grad():
        for layer in (objective.heads.whole, objective.heads.piece, objective.heads.joint):
            layer.weight.zero_()
            layer.bias.fill_(1.0)
    objective.bank.vectors.copy_(F.normalize(torch.ones_like(objective.bank.vectors), dim=1))


def test_embeddings_that_are_all_alike_cost_exactly_the_anchor():
    objective = ready()
    all_alike(objective)
    terms = objective.terms(batch_of(large_digits(), torch.arange(16)), "model")
    (anchor,) = objective.anchors()
    assert anchor.value == pytest.approx(math.log(200) + 199 * math.log(200 / 199))
    for name in ("loss", "image loss", "transformed loss"):
        assert float(terms[name].detach()) == pytest.approx(anchor.value, rel=1e-5)


@pytest.mark.parametrize(
    ("images", "wanted", "used"),
    [
        (500, None, 499),
        (500, 5000, 499),
        (500, 64, 64),
        (20_000, None, 19_999),
        (20_001, None, 20_000),
    ],
)
def test_the_number_of_negatives_follows_the_number_of_images(images, wanted, used):
    context = replace(context_for(large_digits()), train_images=images)
    objective = pirl.build(PirlSpec(dim=8, negatives=wanted), context)
    assert objective.negatives == used
    noise, is_own = objective._noise(torch.tensor([7, 9]))
    if used == images - 1:
        assert torch.equal(noise, objective.bank.vectors)
        assert is_own.nonzero().tolist() == [[0, 7], [1, 9]]
    else:
        assert len(noise) == used
        mine = (noise == objective.bank.vectors[7]).all(dim=1)
        assert torch.equal(is_own[0], mine)


def seen_by_the_encoder(objective, batch, monkeypatch) -> list[torch.Tensor]:
    seen = []
    monkeypatch.setattr(
        objective.encoder,
        "forward",
        lambda x: seen.append(x) or torch.zeros(len(x), objective.encoder.dim),
    )
    objective.terms(batch, "model")
    return seen


def numbered(size: int, count: int = 6) -> torch.Tensor:
    """Return views in which each pixel of an image has a value of its own."""
    return torch.arange(float(size * size)).view(1, 1, size, size).expand(count, -1, -1, -1)


def test_the_encoder_receives_the_first_view_whole_and_the_tiles_of_the_second(monkeypatch):
    objective = ready()
    views = (torch.rand(6, 1, 16, 16), numbered(24))
    batch = Batch(views=views, images=views[1], indices=torch.arange(6))
    whole, tiles = seen_by_the_encoder(objective, batch, monkeypatch)
    assert torch.equal(whole, views[0])
    side = objective.spec.piece_size(24)
    assert tiles.shape == (6 * 9, 1, side, side)
    orders = set()
    for image in tiles.view(6, 9, side, side):
        top, left = (image[:, 0, 0] / 24).floor(), image[:, 0, 0] % 24
        # Each of the nine cells of 8 px is there once, and the tile lies within it.
        cells = (top // 8 * 3 + left // 8).long()
        assert sorted(cells.tolist()) == list(range(9))
        assert (top % 8 + side <= 8).all()
        assert (left % 8 + side <= 8).all()
        steps = image - image[:, :1, :1]
        expected = 24.0 * torch.arange(float(side))[:, None] + torch.arange(float(side))
        assert torch.equal(steps, expected.expand(9, -1, -1))
        orders.add(tuple(cells.tolist()))
    assert len(orders) > 3


def test_rotation_turns_the_second_view_by_quarters(monkeypatch):
    objective = ready(transformation="rotation")
    views = (torch.rand(64, 1, 24, 24), numbered(8, 64))
    batch = Batch(views=views, images=views[1], indices=torch.arange(64))
    _, turned = seen_by_the_encoder(objective, batch, monkeypatch)
    kinds = [numbered(8, 1)[0].rot90(turn, dims=(1, 2)) for turn in range(4)]
    found = [[torch.equal(image, kind) for kind in kinds].index(True) for image in turned]
    assert set(found) == {0, 1, 2, 3}


@pytest.mark.parametrize(("fields", "size", "side"), [({}, 32, 8), ({"grid": 2}, 32, 12)])
def test_tiles_are_as_large_as_the_spec_says(fields, size, side, monkeypatch):
    objective = ready(**fields)
    assert objective.spec.piece_size(size) == side
    views = (torch.rand(4, 1, size, size),) * 2
    batch = Batch(views=views, images=views[0], indices=torch.arange(4))
    assert seen_by_the_encoder(objective, batch, monkeypatch)[1].shape[-1] == side


def test_jitter_decides_how_far_tiles_move():
    still = ready(jitter=0.0)
    numbers = torch.rand(2, 9, 3)
    numbers[..., 2] = torch.arange(9.0)
    pieces = still._changed(numbered(24, 2), numbers)
    assert pieces.shape[-1] == 8
    assert torch.equal(pieces[0], pieces[1])
    moved = ready(jitter=0.25)._changed(numbered(24, 2), numbers)
    assert moved.shape[-1] == 6
    assert not torch.equal(moved[0], moved[1])


def test_whole_views_may_be_smaller_than_tiles_would_need(catalog):
    recipe = small_recipe(catalog, "npid", data={"size": 32})
    view = recipe.views[0]
    recipe = with_value(recipe, "objective", {"kind": "pirl"}, catalog.kinds)

    def sizes(first, second):
        views = tuple(view.model_copy(update={"size": size}) for size in (first, second))
        problems = check(with_value(recipe, "views", views, catalog.kinds))
        return [p.path for p in problems if "pieces" in p.text]

    assert sizes(16, 32) == []
    assert sizes(32, 16) == ["views.1.size"]


def test_the_bank_gets_no_gradient_and_takes_the_whole_image_after_the_step():
    objective = ready(momentum=0.5)
    objective.encoder.eval()
    rows = torch.tensor([5, 9, 100])
    before = objective.bank.vectors.clone()
    batch = batch_of(large_digits(), rows)
    z = objective.project(objective.encoder(batch.views[0])).detach()
    objective.terms(batch, "model")["loss"].backward()
    assert objective.bank.vectors.grad is None
    assert torch.equal(objective.bank.vectors, before)
    objective.after_step(0.0)
    expected = F.normalize(0.5 * before[rows] + 0.5 * z, dim=1)
    torch.testing.assert_close(objective.bank.vectors[rows], expected)
    untouched = torch.ones(200, dtype=torch.bool).index_fill(0, rows, value=False)
    assert torch.equal(objective.bank.vectors[untouched], before[untouched])


def test_the_weight_decides_which_head_learns():
    for weight, still in ((0.0, "piece"), (1.0, "whole")):
        objective = ready(weight=weight)
        objective.terms(batch_of(large_digits(), torch.arange(16)), "model")["loss"].backward()
        for name, parameter in objective.heads.named_parameters():
            moved = parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)
            idle = name.startswith(still) or (still == "piece" and name.startswith("joint"))
            assert moved != idle, name


def test_running_statistics_come_from_whole_images_alone():
    objective = ready()
    alone = copy.deepcopy(objective.encoder)
    batch = batch_of(large_digits(), torch.arange(32))
    objective.terms(batch, "model")
    alone.train()(batch.views[0])
    for name, value in alone.named_buffers():
        assert torch.equal(value, objective.encoder.get_buffer(name)), name


def test_it_learns_to_find_images_by_their_tiles():
    images = large_digits(256)
    torch.manual_seed(0)
    objective = pirl.build(PirlSpec(grid=2), context_for(images))
    objective.before_epoch(0, images, torch.Generator())
    batch = batch_of(images, torch.arange(64), augment=jitter)
    optimizers = optimizers_of(objective, 3e-3)
    first = step(objective, batch, optimizers)
    for number in range(6):
        last = step(objective, batch, optimizers, seed=number)
    assert last["transformed loss"] < 0.9 * first["transformed loss"]
    assert last["image loss"] < first["image loss"]


def test_pictures_show_shuffled_tiles_and_the_image_that_they_find(monkeypatch):
    objective = ready()
    batch = batch_of(large_digits(), torch.arange(10))
    shown = objective.exhibit(batch)
    assert torch.equal(shown["Shuffled tiles"], objective.stimulus(batch)["Shuffled tiles"])
    monkeypatch.setattr(
        objective,
        "_joined",
        lambda _pieces: objective.project(objective.encoder(batch.views[0][:8])),
    )
    objective.eval()
    assert objective.hits(batch)["Image found by it"].all()
    found = objective.exhibit(batch)["Image found by it"]
    torch.testing.assert_close(found, objective.scale.pixels(batch.views[0][:8]))
