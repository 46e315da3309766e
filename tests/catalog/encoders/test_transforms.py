"""Encoders without gradients: each is held to the transform that it claims to be."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog.encoders import (
    fourier,
    kmeans_patches,
    pixels,
    polynomial,
    sparse_manifold,
    wavelet,
)
from tests.catalog.objectives.tiny import TinyImages, context_for, digits, noise_images

MODULES = (fourier, kmeans_patches, pixels, polynomial, sparse_manifold, wavelet)
SMALL = {"kmeans-patches": {"centroids": 24}, "sparse-manifold": {"entries": 24, "dims": 8}}


def made(module, images: TinyImages, **fields):
    entry = module.ENTRY
    encoder = entry.build(
        entry.spec(**{**SMALL.get(entry.kind, {}), **fields}),
        context_for(images, with_encoder=False),
    )
    encoder.fit(images)
    return encoder


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.ENTRY.kind)
@pytest.mark.parametrize(("channels", "size"), [(1, 8), (3, 21), (4, 40)])
def test_any_channels_and_size_give_the_width_that_is_declared(module, channels, size):
    images = noise_images(40, channels, size)
    encoder = made(module, images)
    h = encoder(images.normalised(images.pixels[:5]))
    assert h.shape == (5, encoder.dim)
    assert h.isfinite().all()
    maps = encoder.stages(images.normalised(images.pixels[:2]))
    assert {name: features.shape[1] for name, features in maps.items()} == encoder.stage_dims
    assert encoder(torch.rand(2, channels, size + 3, size + 3)).shape == (2, encoder.dim)
    assert not [p for p in encoder.parameters() if p.requires_grad]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.ENTRY.kind)
def test_images_without_any_detail_still_give_numbers(module):
    images = TinyImages(torch.full((40, 3, 16, 16), 0.5))
    h = made(module, images)(images.normalised(images.pixels[:2]))
    assert bool(h.isfinite().all())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.ENTRY.kind)
def test_a_fit_is_repeatable_and_survives_its_state(module):
    images = digits(120)
    first, second = made(module, images), made(module, images)
    x = images.normalised(images.pixels[:6])
    assert torch.equal(first(x), second(x))
    entry = module.ENTRY
    empty = entry.build(
        entry.spec(**SMALL.get(entry.kind, {})), context_for(images, with_encoder=False)
    )
    empty.load_state_dict(first.state_dict())
    assert torch.equal(empty(x), first(x))


def test_fourier_magnitudes_are_those_of_the_fft_and_ignore_shifts():
    encoder = made(fourier, noise_images(4, 3, 16), cutoff=5)
    images = torch.rand(3, 3, 16, 16)
    expected = torch.fft.fft2(images).abs().div(16.0).log1p()
    rows = [row % 16 for row in range(-5, 6)]
    found = encoder.stages(images)["magnitudes"]
    torch.testing.assert_close(found, expected[:, :, rows][..., :6], atol=1e-4, rtol=1e-4)
    shifted = images.roll((3, 7), dims=(2, 3))
    torch.testing.assert_close(encoder(shifted), encoder(images), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(encoder(images.flip(3)), encoder(images), atol=1e-2)


@pytest.mark.parametrize("filters", ["haar", "daubechies"])
def test_wavelets_keep_the_energy_and_ignore_what_their_moments_cancel(filters):
    encoder = made(wavelet, noise_images(4, 1, 16), family_of_filters=filters, levels=1)
    images = torch.rand(2, 1, 16, 16)
    bands = encoder.stages(images)["level1"]
    torch.testing.assert_close(bands.square().sum((1, 2, 3)), images.square().sum((1, 2, 3)))
    flat = encoder.stages(torch.full((1, 1, 16, 16), 0.7))["level1"]
    torch.testing.assert_close(flat[:, 1:], torch.zeros_like(flat[:, 1:]), atol=1e-6, rtol=0)
    slope = torch.arange(16.0).expand(1, 1, 16, 16) / 16
    inner = encoder.stages(slope)["level1"][:, 1:, :-2, :-2]
    # Two vanishing moments: only Daubechies' four taps are blind to a slope.
    assert bool(inner.abs().max() < 1e-5) is (filters == "daubechies")


def test_polynomial_features_are_products_of_whitened_components():
    images = digits(300)
    encoder = made(polynomial, images, components=4)
    x = images.normalised(images.pixels)
    components = (x.flatten(1) - encoder.mean) @ encoder.directions
    products = [components[:, i] for i in range(4)]
    products += [components[:, i] * components[:, j] for i in range(4) for j in range(i, 4)]
    table = torch.stack(products, dim=1)
    expected = (table - table.mean(0)) / table.std(0)
    torch.testing.assert_close(encoder(x), expected, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(components.std(0), torch.ones(4), atol=1e-2, rtol=0)


def test_patches_are_white_and_triangle_codes_follow_the_formula():
    images = noise_images(200, 1, 12)
    encoder = made(kmeans_patches, images, centroids=16, patch=4, stride=2)
    x = images.normalised(images.pixels)
    patches = encoder.dictionary.patches(x)
    flat = patches.flatten(0, 1)
    covariance = flat.T @ flat / len(flat)
    # Contrast normalisation takes one direction away; the others end at most at variance one.
    values = torch.linalg.eigvalsh(covariance)
    assert float(values[1:].min()) > 0.8
    assert float(values.max()) < 1.05
    unit = F.normalize(patches, dim=2)
    distances = torch.cdist(unit, encoder.dictionary.entries.expand(len(x), -1, -1))
    expected = (distances.mean(2, keepdim=True) - distances).clamp_min(0)
    codes = encoder.stages(x)["codes"].flatten(2).transpose(1, 2)
    torch.testing.assert_close(codes, expected, atol=1e-3, rtol=1e-3)


def test_the_manifold_is_white_over_patches_and_brings_neighbours_together():
    images = digits(400)
    encoder = made(sparse_manifold, images, entries=48, dims=6, patch=3, stride=1)
    x = images.normalised(images.pixels)
    codes = encoder.codes(x)
    assert set(codes.unique().tolist()) == {0.0, 1.0}
    assert bool((codes.sum(2) >= 1).all())
    places = (codes - encoder.centre) @ encoder.projection
    flat = places.flatten(0, 1)
    covariance = flat.T @ flat / len(flat)
    torch.testing.assert_close(covariance, torch.eye(6), atol=0.1, rtol=0)
    grid = encoder.dictionary.as_map(places)
    near = (grid[:, :, 1:] - grid[:, :, :-1]).square().mean()
    far = (grid - grid.roll(1, dims=0)).square().mean()
    assert near < 0.7 * far
