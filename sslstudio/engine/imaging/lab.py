"""sRGB (IEC 61966-2-1) and CIE Lab under the D65 white (CIE 15:2004), for batches of images.

Scaled values lie in [0, 1]: lightness is L / 100; a and b are 0.5 + value / 220, so that 0.5 is
no colour. The reddest, greenest, yellowest and bluest of sRGB reach .06 to .95 of that scale.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from sslstudio.engine.imaging.operation import sent

CHROMA_RANGE: Final = 220.0
"""Distance between the a or b that is scaled to 0 and the one that is scaled to 1."""
TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
EDGE: Final = 6.0 / 29.0
"""Where the cube root gives way to a straight line."""


def to_lab(images: Tensor) -> Tensor:
    """Return L in [0, 100], a and b  # (batch, 3, height, width) in [0, 1] -> the same shape.

    Images of another number of channels count as grey: their mean, without colour.
    """
    if images.shape[1] != 3:
        grey = images.mean(dim=1, keepdim=True)
        light = _lightness_of(_linear(grey))
        return torch.cat([light, torch.zeros_like(light), torch.zeros_like(light)], dim=1)
    shares = _white_shares(images.device)
    x, y, z = _root(torch.einsum("nchw,kc->nkhw", _linear(images), shares)).split(1, dim=1)
    return torch.cat([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], dim=1)


def from_lab(lab: Tensor) -> Tensor:
    """Return sRGB in [0, 1]; colours that no screen can show are cut off at its limits."""
    light, a, b = lab.split(1, dim=1)
    y = (light + 16.0) / 116.0
    shares = _cubed(torch.cat([y + a / 500.0, y, y - b / 200.0], dim=1))
    inverse = torch.linalg.inv(_white_shares(torch.device("cpu")).double()).float()
    linear = torch.einsum("nchw,kc->nkhw", shares, sent(inverse, lab.device)).clamp_(0.0, 1.0)
    curved = 1.055 * linear.clamp_min(0.0031308).pow(1.0 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, curved).clamp_(0.0, 1.0)


def lightness(images: Tensor) -> Tensor:
    """Return L, scaled to [0, 1]  # (batch, any, height, width) -> (batch, 1, height, width)."""
    if images.shape[1] != 3:
        return _lightness_of(_linear(images.mean(dim=1, keepdim=True))).div_(100.0)
    red, green, blue = _linear(images).split(1, dim=1)
    shares = TO_XYZ[1]
    return _lightness_of(red * shares[0] + green * shares[1] + blue * shares[2]).div_(100.0)


def chroma(images: Tensor) -> Tensor:
    """Return a and b, scaled to [0, 1]  # (batch, any, height, width) -> (batch, 2, ...)."""
    if images.shape[1] != 3:
        count, _, height, width = images.shape
        return images.new_full((count, 2, height, width), 0.5)
    return to_lab(images)[:, 1:].div(CHROMA_RANGE).add_(0.5).clamp_(0.0, 1.0)


def unscaled(light: Tensor, colour: Tensor) -> Tensor:
    """Return L, a and b from scaled lightness and chroma  # (batch, 1 and 2, height, width)."""
    return torch.cat([light * 100.0, (colour - 0.5) * CHROMA_RANGE], dim=1)


def _lightness_of(luminance: Tensor) -> Tensor:
    return _root(luminance).mul_(116.0).sub_(16.0).clamp_(0.0, 100.0)


def _linear(values: Tensor) -> Tensor:
    curved = ((values + 0.055) / 1.055).pow_(2.4)
    return torch.where(values <= 0.04045, values / 12.92, curved)


def _root(shares: Tensor) -> Tensor:
    straight = shares / (3.0 * EDGE**2) + 4.0 / 29.0
    return torch.where(shares > EDGE**3, shares.clamp_min(EDGE**3).pow(1.0 / 3.0), straight)


def _cubed(roots: Tensor) -> Tensor:
    straight = 3.0 * EDGE**2 * (roots - 4.0 / 29.0)
    return torch.where(roots > EDGE, roots**3, straight)


def _white_shares(device: torch.device) -> Tensor:
    """Return rows that give X, Y, Z as shares of white's, so that grey has no a and no b."""
    rows = torch.tensor(TO_XYZ, dtype=torch.float64)
    return sent((rows / rows.sum(dim=1, keepdim=True)).float(), device)
