from __future__ import annotations

import math

import pytest
import torch

from sslstudio.catalog.objectives import relative_patch
from sslstudio.catalog.objectives.relative_patch import PairLayout, RelativePatchSpec
from tests.catalog.objectives.tiny import TinyImages, batch_of, context_for, digits, train

# Down and right of each place, counted in reading order around the middle.
PLACES = ["up left", "up", "up right", "left", "right", "down left", "down", "down right"]


def objective_for(images, **fields) -> relative_patch.RelativePatch:
    torch.manual_seed(0)
    return relative_patch.build(RelativePatchSpec(**fields), context_for(images, views=1))


@pytest.mark.parametrize("size", [32, 20, 48, 96])
@pytest.mark.parametrize("place", range(8))
def test_the_second_patch_lies_where_the_label_says(size, place):
    layout = PairLayout.of(RelativePatchSpec(), size)
    numbers = torch.rand(400, 4)
    numbers[0], numbers[1] = 0.0, 0.9999999
    top, left = layout.places(torch.full((400,), place), numbers)
    for first in (top, left):
        assert int(first.min()) >= 0
        assert int(first.max()) + layout.side <= size
    down, right = top[:, 1] - top[:, 0], left[:, 1] - left[:, 0]
    step = layout.side + layout.gap
    for word, away in (("down", down), ("up", -down), ("right", right), ("left", -right)):
        if word in PLACES[place]:
            assert int(away.min()) == step - layout.jitter
            assert int(away.max()) == step + layout.jitter
    if "up" not in PLACES[place] and "down" not in PLACES[place]:
        assert sorted(set(down.tolist())) == list(range(-layout.jitter, layout.jitter + 1))
    # The pair lies wherever it fits, not always at the same place.
    assert len({*top[:, 0].tolist()}) * len({*left[:, 0].tolist()}) > 4


def test_the_gap_is_never_closed_by_the_shift():
    for patch, gap, jitter in [(0.375, 0.5, 0.15), (0.45, 1.0, 0.5), (0.3, 0.0, 0.5)]:
        layout = PairLayout.of(RelativePatchSpec(patch=patch, gap=gap, jitter=jitter), 32)
        assert layout.jitter <= layout.gap
        assert 2 * layout.side + layout.gap + layout.jitter <= 32


def test_patches_are_the_views_own_pixels():
    views = torch.arange(3 * 32 * 32, dtype=torch.float32).view(1, 3, 32, 32).repeat(8, 1, 1, 1)
    objective = objective_for(TinyImages(torch.rand(10, 3, 32, 32)))
    around, numbers = torch.arange(8), torch.rand(8, 6)
    pairs = objective._pairs(views, around, numbers)
    top, left = PairLayout.of(objective.spec, 32).places(around, numbers[:, :4])
    for image in range(8):
        for patch in range(2):
            y, x = int(top[image, patch]), int(left[image, patch])
            assert torch.equal(pairs[image, patch], views[image, :, y : y + 12, x : x + 12])


def test_dropping_colours_leaves_one_channel_and_faint_noise():
    objective = objective_for(TinyImages(torch.rand(10, 3, 32, 32)), drop_colours=0.4)
    pairs, numbers = torch.rand(600, 2, 3, 12, 12), torch.rand(600, 2)
    dropped = objective._dropped(pairs, numbers, torch.randn_like(pairs))
    same = (dropped == pairs).all(dim=(3, 4))  # (600, 2, 3)
    kept = same.sum(dim=2)
    assert torch.equal(kept == 3, numbers >= 0.4)
    assert torch.equal(kept == 1, numbers < 0.4)
    shares = same[kept == 1].float().mean(dim=0)
    assert shares.sub(1 / 3).abs().max() < 0.07
    noise = dropped[kept == 1][~same[kept == 1]]
    spread = float(pairs.std())
    assert float(noise.std()) == pytest.approx(0.01 * spread, rel=0.05)
    assert torch.equal(
        objective_for(digits(20))._dropped(pairs[:, :, :1], numbers, pairs), pairs[:, :, :1]
    )


def test_the_share_of_dropped_colours_changes_while_training():
    objective = objective_for(TinyImages(torch.rand(10, 3, 32, 32)))
    part = objective.live()["objective"]
    part.spec = part.spec.replaced(drop_colours=0.0)
    pairs = torch.rand(4, 2, 3, 12, 12)
    assert torch.equal(objective._dropped(pairs, torch.zeros(4, 2), pairs), pairs)


def test_zero_logits_cost_exactly_the_chance_anchor():
    objective = objective_for(digits())
    torch.nn.init.zeros_(objective.head[-1].weight)
    torch.nn.init.zeros_(objective.head[-1].bias)
    terms = objective.terms(batch_of(digits(), torch.arange(16)), "model")
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    assert float(terms["loss"].detach()) == pytest.approx(math.log(8), abs=1e-6)
    assert anchors == pytest.approx({"loss": math.log(8), "accuracy": 1 / 8})


def test_it_learns_from_digits_and_answers_for_unseen_ones():
    large = digits(1500).pixels.repeat_interleave(2, 2).repeat_interleave(2, 3)
    images, unseen = TinyImages(large[:1000]), TinyImages(large[1000:])
    objective = objective_for(images)
    train(objective, images, epochs=5, views=2)
    objective.eval()
    with torch.no_grad():
        terms = objective.terms(batch_of(unseen, torch.arange(500), views=2), "model")
    assert float(terms["accuracy"]) > 2 / 8


def test_the_exhibition_shows_true_and_answered_places(monkeypatch):
    images = TinyImages(torch.rand(10, 3, 30, 30))
    objective = objective_for(images)
    batch = batch_of(images, torch.arange(8), views=1)
    _, around = objective._example(batch)
    right = torch.nn.functional.one_hot(around, 8).float()
    monkeypatch.setattr(objective, "_named", lambda _pairs: right)
    true, answered = objective.exhibit(batch).values()
    assert torch.equal(true, answered)
    assert objective.hits(batch)["Place by the answer"].all()
    monkeypatch.setattr(objective, "_named", lambda _pairs: right.roll(1, dims=1))
    true, answered = objective.exhibit(batch).values()
    assert not objective.hits(batch)["Place by the answer"].any()
    middle = (slice(None), slice(None), slice(10, 20), slice(10, 20))
    assert torch.equal(true[middle], answered[middle])
    for image in range(8):
        changed = (true[image] != answered[image]).any(dim=0)
        cells = changed.unfold(0, 10, 10).unfold(1, 10, 10).flatten(2).any(dim=2).flatten()
        centre_skipped = [0, 1, 2, 3, 5, 6, 7, 8]
        now, then = int(around[image]), (int(around[image]) + 1) % 8
        assert cells.nonzero().flatten().tolist() == sorted(
            {centre_skipped[now], centre_skipped[then]}
        )
