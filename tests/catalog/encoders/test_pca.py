from __future__ import annotations

import pytest
import torch
from sklearn.decomposition import PCA

from sslstudio.catalog.encoders import pca
from sslstudio.catalog.encoders.pca import PcaSpec
from tests.catalog.objectives.tiny import TinyImages, context_for, digits, noise_images


def fitted(images: TinyImages, **fields):
    encoder = pca.build(PcaSpec(**fields), context_for(images, with_encoder=False))
    encoder.fit(images)
    return encoder


@pytest.mark.parametrize("whiten", [False, True])
def test_it_equals_scikit_learn_up_to_signs(whiten):
    images = digits()
    encoder = fitted(images, dims=10, whiten=whiten)
    x = images.normalised(images.pixels)
    reference = PCA(10, whiten=whiten, svd_solver="full").fit(x.flatten(1).double().numpy())
    expected = torch.tensor(reference.transform(x.flatten(1).double().numpy())).float()
    torch.testing.assert_close(encoder(x).abs(), expected.abs(), atol=2e-3, rtol=2e-3)
    assert float(encoder.explained()) == pytest.approx(
        reference.explained_variance_ratio_.sum(), abs=1e-4
    )


def test_a_fit_is_repeatable():
    first, second = fitted(digits(), dims=10), fitted(digits(), dims=10)
    assert torch.equal(first.directions, second.directions)
    largest = first.directions.gather(0, first.directions.abs().argmax(dim=0, keepdim=True))
    assert bool((largest > 0).all())


def test_a_direction_without_variance_stays_small_when_whitened():
    images = TinyImages(digits().pixels.clone())
    images.pixels[:, :, :, 4:] = 0.25
    encoder = fitted(images, dims=64, whiten=True)
    assert float(encoder(images.normalised(images.pixels)).abs().max()) < 50.0


def test_large_images_are_averaged_down_and_gray_and_colour_work():
    for channels in (1, 3):
        images = noise_images(50, channels, 40)
        encoder = fitted(images, dims=16, side=8)
        assert encoder.mean.shape == (channels * 64,)
        assert encoder(images.normalised(images.pixels[:5])).shape == (5, 16)


def test_components_are_limited_by_the_images_and_a_view_of_another_size_fits():
    images = digits(20)
    encoder = fitted(images, dims=64)
    assert encoder.dim == 19
    assert encoder(torch.rand(2, 1, 12, 12)).shape == (2, 19)
    assert encoder.stages(torch.rand(2, 1, 8, 8))["components"].shape == (2, 19, 1, 1)
    assert not list(encoder.parameters())


def test_sixteen_bit_passes_do_not_round_the_components():
    images = digits()
    encoder = fitted(images, dims=10)
    x = images.normalised(images.pixels)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = encoder(x)
    assert torch.equal(rounded, encoder(x))


def test_more_images_than_the_sample_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(pca, "SAMPLE", 100)
    images = digits(450)
    encoder = fitted(images, dims=4)
    expected = images.normalised(images.pixels[::5]).flatten(1).mean(dim=0)
    torch.testing.assert_close(encoder.mean, expected)
