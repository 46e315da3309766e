"""Predictive coding: who sees what, and the loss by plain code."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.objectives import cpc
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.patch_context import RowContext, turned
from tests.catalog.objectives.tiny import (
    batch_of,
    context_for,
    digits,
    noise_images,
    train,
    with_grid,
)


def ready(images=None, patch=8, **fields):
    torch.manual_seed(0)
    context = with_grid(context_for(images or noise_images(40, 3, 32)), patch)
    return cpc.build(cpc.CpcSpec(**fields), context)


def test_an_encoder_of_whole_images_is_refused():
    with pytest.raises(RecipeError, match="sees it as a whole"):
        cpc.build(cpc.CpcSpec(), context_for(noise_images(4, 3, 32)))


def test_what_is_predicted_is_what_the_encoder_keeps_of_each_patch():
    objective = ready().eval()
    view = noise_images(2, 3, 32).pixels
    with torch.no_grad():
        alone = objective.embed(objective.encoder(view[:1, :, 8:16, 20:28]))
        torch.testing.assert_close(objective._grid(view)[:1, :, 2, 5], alone)


def test_context_sees_its_own_row_and_those_above_only():
    torch.manual_seed(0)
    context = RowContext(8, layers=3)
    grid = torch.randn(1, 8, 6, 5, requires_grad=True)
    context(grid)[0, :, 3, 2].sum().backward()
    reached = grid.grad[0].abs().sum(dim=0) > 0
    assert not bool(reached[4:].any())
    assert bool(reached[:4, 2].all())


def test_turning_puts_each_side_on_top_in_turn():
    grid = torch.arange(12.0).view(1, 1, 3, 4)
    tops = [turned(grid, quarters)[0, 0, 0].tolist() for quarters in range(4)]
    assert tops[0] == [0, 1, 2, 3]
    assert sorted(tops[2]) == [8, 9, 10, 11]
    assert sorted(tops[1]) == [3, 7, 11]
    assert sorted(tops[3]) == [0, 4, 8]


def test_the_loss_is_that_of_equation_4():
    objective = ready(first_step=2, last_step=2, negatives=1024).eval()
    batch = batch_of(noise_images(6, 3, 32), torch.arange(6), views=1)
    with torch.no_grad():
        grid = objective._grid(batch.views[0])  # (6, dim, 7, 7)
        known = objective.contexts[0](grid)
        expected = []
        for row in range(5):
            asked = [
                objective.predictors[0][0](known[i, :, row, j]) for i in range(6) for j in range(7)
            ]
            true = [grid[i, :, row + 2, j] for i in range(6) for j in range(7)]
            logits = torch.stack(asked) @ torch.stack(true).T / math.sqrt(128)
            expected.append(F.cross_entropy(logits, torch.arange(42)))
        found = objective.terms(batch, "model")["loss"]
    torch.testing.assert_close(found, torch.stack(expected).mean(), rtol=1e-4, atol=1e-5)


def test_blind_predictions_cost_the_anchor():
    objective = ready(images=noise_images(64, 1, 32))
    with torch.no_grad():
        objective.predictors[0][0].weight.zero_()
    objective.steps = objective.steps[:1]
    objective.predictors = torch.nn.ModuleList([torch.nn.ModuleList([objective.predictors[0][0]])])
    batch = batch_of(noise_images(64, 1, 32), torch.arange(64), views=1)
    loss = float(objective.terms(batch, "model")["loss"].detach())
    assert loss == pytest.approx(objective.anchors()[0].value, rel=1e-5)
    assert objective.anchors()[0].value == pytest.approx(math.log(64 * 7))


def test_the_anchor_counts_the_patches_of_a_row_also_where_their_side_is_odd():
    objective = ready(patch=9)
    grid = objective._grid(batch_of(noise_images(4, 3, 32), torch.arange(4), views=1).views[0])
    assert grid.shape[2:] == (6, 6)
    assert objective.anchors()[0].value == pytest.approx(math.log(64 * 6))


@pytest.mark.parametrize(("patch", "first_step"), [(8, 3), (14, 1)])
def test_a_first_step_beyond_the_last_row_is_refused(patch, first_step):
    with pytest.raises(RecipeError, match=f"none of which lies {first_step} rows below"):
        ready(images=noise_images(40, 3, 16), patch=patch, first_step=first_step)


def test_patches_change_by_themselves_in_training_only():
    objective = ready(drop_colours=1.0)
    view = noise_images(2, 3, 32).pixels
    shown = objective._changed(view[:, None, :, :8, :8])
    assert bool(((shown == 0.0).flatten(3).all(dim=3).sum(dim=2) == 2).all())
    objective.eval()
    with torch.no_grad():
        plain = objective._grid(view)
        torch.testing.assert_close(objective._grid(view, objective._changed), plain)


def test_dropped_colours_make_matching_by_the_palette_harder():
    """Images of one flat colour each: which image a patch is of shows in its colour alone."""
    torch.manual_seed(0)
    flat = torch.rand(256, 3, 1, 1).expand(-1, -1, 8, 8)[:, None]
    objective = ready(drop_colours=1.0, tint=0.5)

    def found(first: torch.Tensor, second: torch.Tensor) -> float:
        nearest = torch.cdist(first.flatten(1), second.flatten(1)).argmin(dim=1)
        return float((nearest == torch.arange(len(first))).float().mean())

    assert found(flat, flat) == 1.0
    assert found(objective._changed(flat), objective._changed(flat)) < 0.05


def test_four_directions_have_contexts_and_matrices_of_their_own():
    objective = ready(directions=4)
    batch = batch_of(noise_images(16, 3, 32), torch.arange(16), views=1)
    objective.terms(batch, "model")["loss"].backward()
    assert len(objective.contexts) == len(objective.predictors) == 4
    assert all(p.grad is not None for p in objective.parameters())


def test_a_few_epochs_beat_guessing_on_digits():
    objective = ready(images=digits(), patch=4, dim=32, first_step=1, last_step=2)
    last = train(objective, digits(), epochs=3)
    assert last["loss"] < 0.9 * objective.anchors()[0].value


def test_the_exhibition_marks_the_patches_that_are_the_true_ones():
    images = digits()
    objective = ready(images=images, patch=4, dim=32, first_step=1, last_step=2)
    train(objective, images, epochs=3)
    objective.eval()
    batch = batch_of(images, torch.arange(8), views=1)
    with torch.no_grad():
        _, true, predicted = objective.exhibit(batch).values()
        hits = objective.hits(batch)["Predicted patch"].tolist()
    same = [torch.equal(one, other) for one, other in zip(true, predicted, strict=True)]
    assert hits == same
    assert 0 < sum(hits) < 8
