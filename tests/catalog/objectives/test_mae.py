from __future__ import annotations

import pytest
import torch

from sslstudio.catalog.objectives import mae
from sslstudio.catalog.objectives.mae import MaeSpec
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.patches import chosen, patches_of
from tests.catalog.objectives.tiny import (
    batch_of,
    context_for,
    digits,
    noise_images,
    train,
    with_patches,
)

PATCHES = 16  # 8 px images in patches of 2 px


def ready(images=None, pooling="mean", **fields):
    torch.manual_seed(0)
    images = images or digits()
    spec = MaeSpec(**{"decoder_width": 64, "decoder_depth": 1, **fields})
    context = with_patches(context_for(images, views=1), pooling=pooling, depth=1)
    objective = mae.build(spec, context)
    objective.before_epoch(0, images, torch.Generator())
    return objective


def fixed_split(objective, hidden, monkeypatch):
    """Hide these patches of every image."""
    numbers = torch.tensor(hidden)
    rest = torch.tensor([n for n in range(PATCHES) if n not in hidden])

    def split(view, _generator):
        return mae.Split(rest.expand(len(view), -1), numbers.expand(len(view), -1))

    monkeypatch.setattr(objective, "_split", split)


@pytest.mark.parametrize("pooling", ["mean", "class-token"])
@pytest.mark.parametrize(("masking", "hidden"), [(0.75, 12), (0.5, 8), (0.05, 1), (0.95, 15)])
def test_exactly_the_asked_share_of_patches_is_hidden_and_no_class_token(pooling, masking, hidden):
    objective = ready(pooling=pooling, masking=masking)
    split = objective._split(torch.zeros(64, 1, 8, 8), None)
    assert split.hidden.shape == (64, hidden)
    assert split.visible.shape == (64, PATCHES - hidden)
    both = torch.cat([split.visible, split.hidden], dim=1).sort(dim=1).values
    assert torch.equal(both, torch.arange(PATCHES).expand(64, -1))


def test_every_patch_is_hidden_equally_often_and_each_image_by_itself():
    split = ready()._split(torch.zeros(4000, 1, 8, 8), None)
    counts = torch.bincount(split.hidden.flatten(), minlength=PATCHES) / 4000
    assert bool(((counts - 0.75).abs() < 0.04).all())
    assert len(split.hidden.sort(dim=1).values.unique(dim=0)) > 100


@pytest.mark.parametrize("pooling", ["mean", "class-token"])
def test_the_encoder_learns_nothing_of_hidden_patches(pooling, monkeypatch):
    objective = ready(pooling=pooling)
    fixed_split(objective, [0, 1, 5, 6, 7, 9, 12], monkeypatch)
    images = digits().pixels[:8]
    other = images.clone()
    patches = patches_of(other, 2)
    hidden = torch.tensor([0, 1, 5, 6, 7, 9, 12])
    patches[:, hidden] = torch.rand(8, len(hidden), 4)
    other = mae.image_of(patches, 2, 1, (8, 8))
    assert not torch.equal(images, other)
    painted = [objective._painted(view, objective._split(view, None)) for view in (images, other)]
    assert torch.equal(*painted)


@pytest.mark.parametrize("normalised", [True, False])
def test_the_loss_is_the_papers_over_hidden_patches_only(normalised, monkeypatch):
    images = noise_images(16, 3, 8)
    objective = ready(images, normalised_targets=normalised)
    hidden = [1, 4, 10]
    fixed_split(objective, hidden, monkeypatch)
    painted = torch.randn(16, PATCHES, 12)
    monkeypatch.setattr(objective, "_painted", lambda _view, _split: painted)
    view = images.normalised(images.pixels)
    costs = []
    for number in hidden:
        row, column = divmod(number, 4)
        patch = view[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        wanted = patch.permute(0, 2, 3, 1).flatten(1)
        if normalised:
            mean = wanted.mean(dim=1, keepdim=True)
            wanted = (wanted - mean) / (wanted.var(dim=1, keepdim=True) + 1e-6) ** 0.5
        costs.append((painted[:, number] - wanted).square().mean())
    loss = objective.terms(batch_of(images, torch.arange(16), 1), "model")["loss"]
    assert float(loss) == pytest.approx(float(torch.stack(costs).mean()), rel=1e-5)
    painted[:, 0] += 100.0  # a visible patch
    again = objective.terms(batch_of(images, torch.arange(16), 1), "model")["loss"]
    assert float(again) == float(loss)


def test_flat_patches_cost_exactly_the_anchor(monkeypatch):
    images = noise_images(16, 3, 8)
    objective = ready(images)
    monkeypatch.setattr(
        objective, "_painted", lambda view, _split: torch.zeros(len(view), PATCHES, 12)
    )
    loss = objective.terms(batch_of(images, torch.arange(16), 1), "model")["loss"]
    (chance,) = [a for a in objective.anchors() if a.kind == "chance"]
    assert float(loss) == pytest.approx(chance.value, abs=1e-4)
    assert chance.value == pytest.approx(11 / 12)


@pytest.mark.parametrize("pooling", ["mean", "class-token"])
def test_every_parameter_receives_a_gradient(pooling):
    objective = ready(pooling=pooling)
    objective.terms(batch_of(digits(), torch.arange(32), 1), "model")["loss"].backward()
    assert all(p.grad is not None and bool(p.grad.any()) for p in objective.parameters())


def test_it_paints_digits_better_than_flat_patches():
    images = digits()
    objective = ready(images, normalised_targets=False)
    first = train(objective, images, epochs=1, rate=1e-3)["loss"]
    assert train(objective, images, epochs=4, rate=1e-3)["loss"] < 0.8 * first


def test_the_exhibition_keeps_visible_patches_and_is_the_same_each_time():
    images = digits(16)
    objective = ready(images)
    objective.eval()
    batch = batch_of(images, torch.arange(16), 1)
    with torch.no_grad():
        first, second = (objective.exhibit(batch) for _ in range(2))
        stimulus = objective.stimulus(batch)["Visible"]
    assert list(first) == ["Visible", "Painted", "Whole"]
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(first["Visible"], stimulus)
    torch.testing.assert_close(first["Whole"], images.pixels[:8])
    split = objective._split(batch.views[0][:8], torch.Generator().manual_seed(0))
    for name in ("Visible", "Painted"):
        kept = chosen(patches_of(first[name], 2), split.visible)
        torch.testing.assert_close(kept, chosen(patches_of(images.pixels[:8], 2), split.visible))
    grey = chosen(patches_of(first["Visible"], 2), split.hidden)
    assert torch.equal(grey, torch.full_like(grey, 0.5))


def test_an_encoder_that_cannot_leave_patches_out_is_refused_with_the_one_that_can():
    with pytest.raises(RecipeError, match="cannot be shown") as refused:
        mae.build(MaeSpec(), context_for(digits()))
    assert "vit" in refused.value.hint


def test_views_of_one_patch_are_refused():
    context = with_patches(context_for(digits()), patch=8)
    with pytest.raises(RecipeError, match="leave one patch"):
        mae.build(MaeSpec(), context)
