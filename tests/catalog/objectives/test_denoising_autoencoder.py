from __future__ import annotations

import pytest
import torch

from sslstudio.catalog.objectives import denoising_autoencoder
from sslstudio.catalog.objectives.denoising_autoencoder import DenoisingAutoencoderSpec
from tests.catalog.objectives.tiny import MEAN, TinyImages, batch_of, context_for, digits, train


def ready(images: TinyImages, **fields):
    torch.manual_seed(0)
    spec = DenoisingAutoencoderSpec(**fields)
    objective = denoising_autoencoder.build(spec, context_for(images, views=1))
    objective.before_epoch(0, images, torch.Generator())
    return objective


def test_it_paints_digits_better_than_their_mean_image():
    images = digits()
    objective = ready(images)
    last = train(objective, images, epochs=6)
    mean_error = (images.pixels - images.pixels.mean(dim=0)).square().mean()
    assert last["loss"] < float(mean_error)
    assert last["explained"] == pytest.approx(1 - last["loss"] / float(mean_error), abs=1e-3)


def test_the_clean_view_is_the_target_and_the_corrupted_one_the_input(monkeypatch):
    images = digits(64)
    objective = ready(images, noise=0.3, masking=0.5)
    seen = []
    forward = objective.encoder.forward
    monkeypatch.setattr(objective.encoder, "forward", lambda x: forward(seen.append(x) or x))
    monkeypatch.setattr(objective.decoder, "forward", lambda _h: images.pixels)
    assert float(objective.terms(batch_of(images, torch.arange(64), 1), "model")["loss"]) < 1e-12
    black = images.normalised(torch.zeros(()))
    holes = (seen[0] - black).abs() < 1e-6
    assert float(holes.float().mean()) == pytest.approx(0.5, abs=0.03)
    residual = (objective.scale.factor**-1 * (seen[0] - images.normalised(images.pixels)))[~holes]
    assert float(residual.std()) == pytest.approx(0.3, abs=0.02)


def test_without_corruption_the_encoder_sees_the_view_itself(monkeypatch):
    images = digits(8)
    objective = ready(images, noise=0.0, masking=0.0)
    seen = []
    forward = objective.encoder.forward
    monkeypatch.setattr(objective.encoder, "forward", lambda x: forward(seen.append(x) or x))
    objective.terms(batch_of(images, torch.arange(8), 1), "model")
    torch.testing.assert_close(seen[0], images.normalised(images.pixels))


def test_a_strength_changed_while_training_is_used_at_once(monkeypatch):
    images = digits(8)
    objective = ready(images, noise=0.5, masking=0.5)
    part = objective.live()["objective"]
    part.spec = part.spec.replaced(noise=0.0, masking=0.0)
    seen = []
    forward = objective.encoder.forward
    monkeypatch.setattr(objective.encoder, "forward", lambda x: forward(seen.append(x) or x))
    objective.terms(batch_of(images, torch.arange(8), 1), "model")
    torch.testing.assert_close(seen[0], images.normalised(images.pixels))


def test_the_exhibition_is_the_same_each_time_and_in_pixel_values():
    images = digits(16)
    objective = ready(images)
    objective.eval()
    with torch.no_grad():
        first, second = (objective.exhibit(batch_of(images, torch.arange(16))) for _ in range(2))
    torch.testing.assert_close(first["Input"], images.pixels[:8])
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert float(first["Input"].mean()) != pytest.approx(MEAN, abs=1e-4)


def test_images_that_are_all_alike_give_finite_terms():
    images = TinyImages(torch.full((32, 1, 8, 8), 0.5))
    terms = ready(images).terms(batch_of(images, torch.arange(32)), "model")
    assert all(value.isfinite() for value in terms.values())
