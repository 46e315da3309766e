"""Gaussian blur with a deviation of its own for every image."""

from __future__ import annotations

import torch
from torch import Tensor

from sslstudio.engine.imaging.separable import apply_separable


def gaussian_weights(sigma: Tensor, taps: int, length: int) -> Tensor:
    """Return matrices that blur along an axis, reflecting at its ends  # (batch, length, length).

    Args:
        sigma: standard deviation in pixels  # (batch,)
        taps: length of the kernel, odd and less than twice the axis
        length: pixels along the axis
    """
    offsets = torch.arange(taps, device=sigma.device) - taps // 2
    kernel = torch.softmax(-0.5 * (offsets / sigma.view(-1, 1)).square(), dim=1)  # (batch, taps)
    reached = (torch.arange(length, device=sigma.device).view(-1, 1) + offsets).abs_()
    reached = length - 1 - (length - 1 - reached).abs_()  # (length, taps)
    matrices = torch.zeros(len(sigma), length, length, device=sigma.device)
    return matrices.scatter_add_(
        2,
        reached.expand(len(sigma), length, taps),
        kernel.unsqueeze(1).expand(len(sigma), length, taps),
    )


def gaussian_blur(images: Tensor, sigma: Tensor, taps: int) -> Tensor:
    """Return each image blurred with its own deviation in pixels  # sigma: (batch,)."""
    height, width = images.shape[-2:]
    columns = gaussian_weights(sigma, taps, width)
    rows = columns if height == width else gaussian_weights(sigma, taps, height)
    return apply_separable(images, rows, columns).clamp_(0.0, 1.0)
