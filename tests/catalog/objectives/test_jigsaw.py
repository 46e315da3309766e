from __future__ import annotations

import copy
import math
from dataclasses import replace

import pytest
import torch

from sslstudio.catalog.objectives import jigsaw
from sslstudio.domain.errors import RecipeError
from tests.catalog.objectives.tiny import TinyImages, batch_of, context_for, digits, train


def large_digits(count: int = 500) -> TinyImages:
    """Return digits twice as large, for tiles of more than four pixels."""
    small = digits(count)
    return TinyImages(small.pixels.repeat_interleave(2, 2).repeat_interleave(2, 3))


@pytest.fixture
def objective():
    torch.manual_seed(0)
    return jigsaw.build(jigsaw.JigsawSpec(), context_for(large_digits(), views=1))


def seen_by_the_encoder(objective, batch, monkeypatch) -> list[torch.Tensor]:
    seen = []
    monkeypatch.setattr(
        objective.encoder,
        "forward",
        lambda x: seen.append(x) or torch.zeros(len(x), objective.encoder.dim),
    )
    objective.terms(batch, "model")
    return seen


def test_the_answer_comes_from_standardised_tiles_only(objective, monkeypatch):
    whole, tiles = seen_by_the_encoder(
        objective, batch_of(large_digits(), torch.arange(8), views=1), monkeypatch
    )
    assert whole.shape == (8, 1, 16, 16)
    assert tiles.shape == (32, 1, objective.spec.piece_size(16), objective.spec.piece_size(16))
    assert tiles.mean(dim=(2, 3)).abs().max() < 1e-5


def test_place_j_shows_the_tile_that_the_permutation_names(objective):
    tiles = torch.arange(4.0).view(1, 4, 1, 1, 1).expand(24, 4, 1, 6, 6)
    shuffled = objective._shuffled(tiles, torch.arange(24))
    assert torch.equal(shuffled[:, :, 0, 0, 0].long(), objective.orders)


def test_every_permutation_is_asked_for(objective):
    _, wanted = objective._answers(batch_of(large_digits(), torch.arange(500), views=1))
    assert sorted(set(wanted.tolist())) == list(range(24))


def test_zero_logits_cost_exactly_the_chance_anchor(objective):
    last = objective.head[-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    terms = objective.terms(batch_of(large_digits(), torch.arange(16)), "model")
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    assert float(terms["loss"].detach()) == pytest.approx(math.log(24), abs=1e-6)
    assert anchors == pytest.approx({"loss": math.log(24), "accuracy": 1 / 24})


def test_it_learns_to_solve_digits_it_has_never_seen():
    torch.manual_seed(0)
    images = large_digits(640)
    objective = jigsaw.build(jigsaw.JigsawSpec(hidden=64), context_for(images, views=1))
    train(objective, images, epochs=4)
    unseen = TinyImages(large_digits(1040).pixels[640:])
    objective.eval()
    with torch.no_grad():
        terms = objective.terms(batch_of(unseen, torch.arange(400), views=1), "model")
    assert float(terms["accuracy"]) > 10 / 24


def test_the_exhibition_puts_the_tiles_back_when_the_answers_are_right(objective, monkeypatch):
    images = large_digits()
    batch = batch_of(images, torch.arange(8), views=1)
    fixed = torch.randint(24, (8,), generator=torch.Generator().manual_seed(0))
    right = torch.nn.functional.one_hot(fixed, 24).float()
    monkeypatch.setattr(objective, "_solved", lambda _tiles: right)
    shuffled, back = objective.exhibit(batch).values()
    view, tiles, drawn = objective._example(batch)
    assert torch.equal(drawn, fixed)
    unshuffled = tiles[torch.arange(8)[:, None], objective.orders[fixed].argsort(dim=1)]
    assert torch.equal(back, objective._grid(view).laid_out(objective.scale.pixels(unshuffled)))
    # In the middle of each cell stand the pixels of the image's own cell.
    assert torch.equal(unshuffled, objective._tiles(view, _fixed_moves(8)))
    assert not torch.equal(shuffled, back)
    assert objective.hits(batch)["Put back by the answer"].all()
    right[3] = right[3].roll(1)
    assert not objective.hits(batch)["Put back by the answer"][3]


def _fixed_moves(count: int) -> torch.Tensor:
    fixed = torch.Generator().manual_seed(0)
    torch.randint(24, (count,), generator=fixed)
    return torch.rand(count, 4, 2, generator=fixed)


@pytest.mark.parametrize(
    ("grid", "images", "count"),
    [(2, 10_000, 24), (2, 10**7, 24), (3, 500, 24), (3, 50_000, 198), (3, 1_281_167, 1000)],
)
def test_the_number_of_permutations_follows_the_number_of_images(grid, images, count):
    assert jigsaw._permutation_count(jigsaw.JigsawSpec(grid=grid), images) == count


def test_more_permutations_than_there_are_is_refused():
    context = replace(context_for(large_digits()), train_images=10_000)
    with pytest.raises(RecipeError, match="only 24 orders"):
        jigsaw.build(jigsaw.JigsawSpec(permutations=25), context)


def test_tiles_of_small_images_are_large_enough_for_an_encoder():
    assert jigsaw.JigsawSpec().piece_size(32) == 13
    assert jigsaw.JigsawSpec(grid=3).piece_size(32) == 8


def test_whole_images_and_not_tiles_move_the_averages_of_the_norms(objective):
    batch = batch_of(large_digits(), torch.arange(16), views=1)
    expected = copy.deepcopy(objective.encoder)
    with torch.no_grad():
        expected(objective.scale.normalised(batch.images))
    objective.terms(batch, "model")
    found = objective.encoder.state_dict()
    assert all(torch.equal(found[name], v) for name, v in expected.state_dict().items())
