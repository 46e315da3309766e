"""Slopes and edges, CIE Lab and gamma equal those of kornia."""

from __future__ import annotations

import torch
from kornia.color import lab_to_rgb, rgb_to_lab
from kornia.enhance import adjust_gamma
from kornia.filters import spatial_gradient

from sslstudio.engine.imaging.edges import edge_strength, slopes
from sslstudio.engine.imaging.lab import from_lab, to_lab
from sslstudio.engine.imaging.tone import with_gamma
from tests.pictures import pictures


def test_slopes_and_edges_are_kornias():
    images = pictures(4, (17, 24))
    # Kornia divides by 8, so that a step over two pixels counts half of what it does here.
    theirs = 2.0 * spatial_gradient(images, mode="sobel", order=1, normalized=True)
    right, down = slopes(images)
    torch.testing.assert_close(right, theirs[:, :, 0], atol=1e-6, rtol=0)
    torch.testing.assert_close(down, theirs[:, :, 1], atol=1e-6, rtol=0)
    strength = theirs.square().sum(dim=2).sqrt().clamp(max=1.0)
    torch.testing.assert_close(edge_strength(images), strength, atol=1e-6, rtol=0)


def test_lab_is_kornias_there_and_back():
    images = pictures(4)
    lab = to_lab(images)
    # Its white point has five digits: a grey gets up to .02 of colour.
    torch.testing.assert_close(lab, rgb_to_lab(images), atol=0.05, rtol=0)
    torch.testing.assert_close(from_lab(lab), lab_to_rgb(lab), atol=2e-3, rtol=0)


def test_gamma_is_kornias():
    images, exponents = pictures(5), torch.tensor([0.1, 0.6, 1.0, 2.0, 8.0])
    torch.testing.assert_close(
        with_gamma(images.clone(), exponents), adjust_gamma(images, exponents)
    )
