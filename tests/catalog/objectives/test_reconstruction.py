from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.augmentations.gaussian_noise import GaussianNoiseSpec
from sslstudio.catalog.augmentations.normalise import NormaliseSpec
from sslstudio.catalog.augmentations.patch_masks import PatchMasksSpec
from sslstudio.catalog.objectives import reconstruction
from sslstudio.catalog.objectives.reconstruction import CRITIC, PAINTER, ReconstructionSpec
from sslstudio.domain.errors import RecipeError
from tests.catalog.objectives.tiny import (
    TinyImages,
    batch_of,
    context_for,
    digits,
    optimizers_of,
    step,
    train,
    with_parts,
)

HOLES = PatchMasksSpec(shape="patches", hidden=0.5, grid=4, fill="white")
NOISE = GaussianNoiseSpec(sigma=(0.3, 0.3), probability=1.0)
BLOCK = PatchMasksSpec(shape="centre", hidden=0.25, fill="white")


def ready(images: TinyImages, **fields):
    torch.manual_seed(0)
    spec = ReconstructionSpec(**fields)
    objective = reconstruction.build(spec, with_parts(context_for(images, views=1)))
    objective.before_epoch(0, images, torch.Generator())
    return objective


def spied(objective, monkeypatch):
    """Return a list that collects what the encoder receives."""
    seen = []
    forward = objective.encoder.forward
    monkeypatch.setattr(objective.encoder, "forward", lambda x: forward(seen.append(x) or x))
    return seen


def painting(objective, pixels, monkeypatch):
    """Let the decoder paint these pixels, whatever it is given."""
    logits = pixels.logit(eps=1e-6)
    monkeypatch.setattr(objective.decoder, "forward", lambda _h: logits)


def test_it_paints_digits_better_than_their_mean_image():
    images = digits()
    last = train(ready(images, corruption=(HOLES,)), images, epochs=6)
    mean_error = (images.pixels - images.pixels.mean(dim=0)).square().mean()
    assert last["loss"] < float(mean_error)
    assert last["explained"] == pytest.approx(1 - last["loss"] / float(mean_error), abs=0.01)


def test_the_clean_view_is_the_target_and_the_spoilt_one_the_input(monkeypatch):
    images = digits(64)
    objective = ready(images, corruption=(HOLES,))
    seen = spied(objective, monkeypatch)
    painting(objective, images.pixels, monkeypatch)
    terms = objective.terms(batch_of(images, torch.arange(64), 1), "model")
    assert float(terms["loss"]) < 1e-9
    assert float(terms["explained"]) == pytest.approx(1.0, abs=1e-6)
    hidden = (seen[0] - images.normalised(torch.ones(()))).abs() < 1e-5
    changed = (seen[0] - images.normalised(images.pixels)).abs() > 1e-5
    assert bool((changed <= hidden).all())
    assert float(hidden.float().mean(dim=(1, 2, 3)).min()) >= 0.5


def test_corruptions_act_one_after_the_other(monkeypatch):
    images = TinyImages(torch.full((64, 1, 8, 8), 0.5))
    objective = ready(images, corruption=(NOISE, HOLES))
    seen = spied(objective, monkeypatch)
    objective.terms(batch_of(images, torch.arange(64), 1), "model")
    pixels = objective.originals.scale.pixels(seen[0])
    assert float((pixels == 1.0).float().mean()) == pytest.approx(0.5 + 0.5 * 0.048, abs=0.02)
    assert float(pixels[pixels < 1.0].std()) > 0.2


def test_without_corruption_the_encoder_sees_the_view_itself(monkeypatch):
    images = digits(8)
    objective = ready(images)
    seen = spied(objective, monkeypatch)
    objective.terms(batch_of(images, torch.arange(8), 1), "model")
    torch.testing.assert_close(seen[0], images.normalised(images.pixels))


@pytest.mark.parametrize("loss", ["mse", "bce"])
@pytest.mark.parametrize("emphasis", [0.0, 0.5, 0.8, 1.0])
def test_the_error_is_the_papers_with_alpha_on_spoilt_pixels_and_beta_on_others(
    loss, emphasis, monkeypatch
):
    images = TinyImages(torch.rand(16, 1, 8, 8) * 0.8 + 0.1)
    objective = ready(images, corruption=(BLOCK,), loss=loss, emphasis=emphasis)
    answer = torch.rand(16, 1, 8, 8) * 0.8 + 0.1
    painting(objective, answer, monkeypatch)
    errors = (answer - images.pixels).square()
    if loss == "bce":
        errors = F.binary_cross_entropy(answer, images.pixels, reduction="none")
    weights = torch.full((8, 8), 1.0 - emphasis)
    weights[2:6, 2:6] = emphasis  # a centred block of a quarter of the area
    expected = (errors[:, 0] * weights).sum(dim=(1, 2)) / weights.sum()
    got = objective.terms(batch_of(images, torch.arange(16), 1), "model")["loss"]
    assert float(got) == pytest.approx(float(expected.mean()), rel=1e-5)


def test_the_mean_image_explains_exactly_nothing(monkeypatch):
    images = digits(200)
    for fields in ({}, {"corruption": (BLOCK,), "emphasis": 1.0}):
        objective = ready(images, **fields)
        mean = images.pixels.mean(dim=0, keepdim=True).expand(200, -1, -1, -1)
        painting(objective, mean.clamp(1e-4, 1 - 1e-4), monkeypatch)
        terms = objective.terms(batch_of(images, torch.arange(200), 1), "model")
        assert float(terms["explained"]) == pytest.approx(0.0, abs=1e-3)
    (chance,) = [a for a in objective.anchors() if a.kind == "chance"]
    assert (chance.term, chance.value) == ("explained", 0.0)


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_painting_the_mean_colour_costs_exactly_the_anchor(loss, monkeypatch):
    images = digits(200)
    mean, deviation = float(images.pixels.mean()), float(images.pixels.std(unbiased=False))
    context = replace(context_for(images, views=1), channel_mean=(mean,), channel_std=(deviation,))
    objective = reconstruction.build(ReconstructionSpec(loss=loss), context)
    objective.before_epoch(0, images, torch.Generator())
    painting(objective, torch.full((200, 1, 8, 8), mean), monkeypatch)
    cost = float(objective.terms(batch_of(images, torch.arange(200), 1), "model")["loss"])
    (flat,) = [a for a in objective.anchors() if a.label == "flat colour"]
    assert cost == pytest.approx(flat.value, rel=1e-4)


def test_the_contraction_has_its_own_term_and_price():
    images = digits(64)
    objective = ready(images, contraction=0.5)
    with torch.no_grad():
        terms = objective.terms(batch_of(images, torch.arange(64), 1), "model")
    loss = float(terms["error"]) + 0.5 * float(terms["contraction"])
    assert float(terms["loss"]) == pytest.approx(loss, rel=1e-6)
    assert float(terms["contraction"]) > 0.0


def test_a_priced_contraction_makes_the_representation_calmer():
    images = digits(200)
    ends = {
        price: train(ready(images, contraction=price), images, epochs=6)["contraction"]
        for price in (1e-6, 1.0)
    }
    assert ends[1.0] < 0.8 * ends[1e-6]


def test_shrinking_the_representation_does_not_lower_the_contraction(monkeypatch):
    images = digits(64)
    objective = ready(images, contraction=0.5)
    objective.eval()
    batch, values = batch_of(images, torch.arange(64), 1), []
    forward = objective.encoder.forward
    for scale in (1.0, 0.01):
        monkeypatch.setattr(objective.encoder, "forward", lambda x, s=scale: s * forward(x))
        torch.manual_seed(1)
        values.append(float(objective.terms(batch, "model")["contraction"].detach()))
    assert values[1] == pytest.approx(values[0], rel=1e-4)


def gradients(objective, player):
    objective.zero_grad()
    objective.terms(batch_of(digits(), torch.arange(32), 1), player)["loss"].backward()
    parts = ("encoder", "decoder", "critic")
    return {
        name: any(
            p.grad is not None and bool(p.grad.any()) for p in getattr(objective, name).parameters()
        )
        for name in parts
    }


def test_critic_and_painter_each_move_their_own_networks_only():
    objective = ready(digits(), corruption=(BLOCK,), emphasis=1.0, adversarial=0.1)
    moved = {"encoder": False, "decoder": False, "critic": True}
    assert gradients(objective, CRITIC) == moved
    assert gradients(objective, PAINTER) == {name: not moves for name, moves in moved.items()}
    assert all(p.requires_grad for p in objective.critic.parameters())


def test_the_painters_loss_is_the_context_encoders_mixture():
    objective = ready(digits(), corruption=(BLOCK,), emphasis=1.0, adversarial=0.001)
    with torch.no_grad():
        terms = objective.terms(batch_of(digits(), torch.arange(32), 1), PAINTER)
    mixture = 0.999 * float(terms["error"]) + 0.001 * float(terms["adversarial"])
    assert float(terms["loss"]) == pytest.approx(mixture, rel=1e-6)


def test_the_critic_compares_clean_pictures_with_those_whose_holes_were_filled(monkeypatch):
    images = digits(16)
    objective = ready(images, corruption=(BLOCK,), emphasis=1.0, adversarial=0.001)
    painting(objective, torch.full_like(images.pixels, 0.25), monkeypatch)
    shown = []
    forward = objective.critic.forward
    monkeypatch.setattr(objective.critic, "forward", lambda x: forward(shown.append(x) or x))
    objective.terms(batch_of(images, torch.arange(16), 1), CRITIC)
    real, filled = shown[0].chunk(2)
    torch.testing.assert_close(real, images.pixels)
    expected = images.pixels.clone()
    block = expected[:, :, 2:6, 2:6]
    block[block < 1.0] = 0.25  # white pixels were not changed by white paint
    torch.testing.assert_close(filled, expected)


def test_a_critic_that_cannot_tell_gives_exactly_the_anchors(monkeypatch):
    objective = ready(digits(), corruption=(BLOCK,), adversarial=0.1)
    monkeypatch.setattr(objective.critic, "forward", lambda x: 0.0 * x.sum(dim=(1, 2, 3))[:, None])
    batch = batch_of(digits(), torch.arange(8), 1)
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    critic = float(objective.terms(batch, CRITIC)["loss"].detach())
    fooling = float(objective.terms(batch, PAINTER)["adversarial"].detach())
    assert critic == pytest.approx(math.log(4), abs=1e-6) == anchors[f"{CRITIC}: loss"]
    assert fooling == pytest.approx(math.log(2), abs=1e-6) == anchors[f"{PAINTER}: adversarial"]


def test_the_critic_learns_to_tell_when_the_painter_stands_still():
    objective = ready(digits(), corruption=(BLOCK,), emphasis=1.0, adversarial=0.1)
    optimizers = {CRITIC: optimizers_of(objective, 5e-3)[CRITIC]}
    batch = batch_of(digits(), torch.arange(64), 1)
    terms = [step(objective, batch, optimizers, seed=number) for number in range(40)]
    assert terms[-1]["accuracy"] > 0.8


def test_an_emphasis_changed_while_training_is_used_at_once():
    images = digits(16)
    objective = ready(images, corruption=(BLOCK,))
    batch, losses = batch_of(images, torch.arange(16), 1), []
    part = objective.live()["objective"]
    for emphasis in (0.5, 1.0):
        part.spec = part.spec.replaced(emphasis=emphasis)
        losses.append(float(objective.terms(batch, "model")["loss"].detach()))
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


def test_pictures_are_spoilt_alike_each_time_and_in_pixel_values():
    images = digits(16)
    objective = ready(images, corruption=(NOISE, HOLES))
    objective.eval()
    batch = batch_of(images, torch.arange(16))
    with torch.no_grad():
        first, second = (objective.exhibit(batch) for _ in range(2))
        shown = objective.stimulus(batch)
    assert list(first) == ["Spoilt", "Reconstruction", "Clean"]
    torch.testing.assert_close(first["Clean"], images.pixels[:8])
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(shown["Spoilt"], first["Spoilt"])
    assert not torch.equal(first["Spoilt"], first["Clean"])
    whole = ready(images)
    assert whole.stimulus(batch) == {}
    assert list(whole.exhibit(batch)) == ["Input", "Reconstruction"]


def test_images_that_are_all_alike_give_finite_terms():
    images = TinyImages(torch.full((32, 1, 8, 8), 0.5))
    for fields in ({}, {"contraction": 1.0}):
        terms = ready(images, **fields).terms(batch_of(images, torch.arange(32)), "model")
        assert all(value.isfinite() for value in terms.values())


def test_a_normalisation_cannot_be_a_corruption():
    with pytest.raises(RecipeError, match="cannot spoil pictures"):
        ready(digits(8), corruption=(NormaliseSpec(statistics="half"),))


def test_nothing_spoilt_and_only_spoilt_pixels_counted_is_reported_with_a_fix():
    (problem,) = ReconstructionSpec(emphasis=1.0).contradictions()
    assert (problem.path, problem.severity) == ("objective.emphasis", "error")
    ((_, value),) = problem.fix.edits
    assert not list(ReconstructionSpec(emphasis=value).contradictions())
    assert not list(ReconstructionSpec(emphasis=1.0, corruption=(BLOCK,)).contradictions())
