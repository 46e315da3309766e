"""Arithmetic on the values of a batch: contrast curves, levels and sharpness.

The formulas are torchvision's for float images; where it takes one setting for all images, these
take one for each.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.engine.imaging.operation import per_image

LEVELS = 256


def autocontrast(images: Tensor) -> Tensor:
    """Return images whose channels each reach from 0 to 1; flat channels stay; overwrites."""
    low, high = images.amin(dim=(2, 3), keepdim=True), images.amax(dim=(2, 3), keepdim=True)
    flat = (high == low).to(images.dtype)
    return images.sub_(low * (1.0 - flat)).div_((high - low).add_(flat)).clamp_(0.0, 1.0)


def equalize(images: Tensor) -> Tensor:
    """Return images whose channels each use all of 256 levels equally often.

    Pillow's rule, which torchvision follows: level i becomes (half a step + pixels below i) // step
    for step = (pixels - those at the highest level) // 255; with a step of 0, which a channel of
    less than 255 pixels always has, nothing changes.
    """
    levels = images.mul(LEVELS - 1e-3).long().flatten(2)  # (batch, channels, pixels)
    counts = levels.new_zeros(*levels.shape[:2], LEVELS)
    counts.scatter_add_(2, levels, torch.ones_like(levels))
    highest = counts.gather(2, levels.amax(dim=2, keepdim=True))
    step = (levels.shape[2] - highest).div(LEVELS - 1, rounding_mode="floor")
    below = counts.cumsum(2).sub_(counts)
    curve = (below + step // 2).div_(step.clamp_min(1), rounding_mode="floor")
    curve = torch.where(step > 0, curve, torch.arange(LEVELS, device=images.device))
    curve = curve.clamp_(0, LEVELS - 1).to(torch.float32).div_(LEVELS - 1)
    return curve.gather(2, levels).view_as(images)


def posterize(images: Tensor, bits: Tensor) -> Tensor:
    """Return images with 2^bits levels, each rounded down; overwrites  # bits: (batch,)."""
    levels = per_image(torch.exp2(bits))
    return torch.minimum(images.mul_(levels).floor_(), levels - 1.0).div_(levels)


def sharpened(images: Tensor, factors: Tensor) -> Tensor:
    """Return images further from (factor > 1) or nearer to their smoothed selves  # (batch,).

    The smoothing weighs a pixel's 3x3 surroundings 1 : 1 : ... and itself 5; the outermost pixels
    stay as they are.
    """
    inner = images[:, :, 1:-1, 1:-1]
    smooth = F.avg_pool2d(images, 3, stride=1).mul_(9.0 / 13.0).add_(inner, alpha=4.0 / 13.0)
    changed = images.clone()
    changed[:, :, 1:-1, 1:-1] = smooth.add_((inner - smooth).mul_(per_image(factors)))
    return changed.clamp_(0.0, 1.0)


def with_gamma(images: Tensor, exponents: Tensor) -> Tensor:
    """Return images to the power of each one's exponent; overwrites  # exponents: (batch,)."""
    return images.pow_(per_image(exponents)).clamp_(0.0, 1.0)


def solarized(images: Tensor, thresholds: Tensor) -> Tensor:
    """Return images with the values at or above each one's threshold inverted; overwrites."""
    above = (images >= per_image(thresholds)).to(images.dtype)
    return images.addcmul_(above, 1.0 - 2.0 * images)
