"""Noise for every pixel out of two uniform numbers per image.

An operation is a pure function of the images and a few numbers, so that a batch may be cut into
pieces and two views may share a draw. Noise is therefore a hash of the pixel's place: two rounds
of multiplying and folding in 32-bit integers (the mixing of Wellons 2018, "Prospecting for hash
functions"), the same to the bit on every device.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

NUMBERS: Final = 2
"""Uniform numbers that one image's noise needs."""
BITS: Final = 24
"""Binary digits of a uniform number: all that a float in [0, 1) can tell apart evenly."""
STRIDE: Final = 0x9E3779B1 - (1 << 32)
FIRST: Final = 0x7FEB352D
SECOND: Final = 0x846CA68B - (1 << 32)


def uniform_noise(numbers: Tensor, count: int) -> Tensor:
    """Return numbers strictly between 0 and 1  # (batch, 2) -> (batch, count)."""
    keys = (numbers * 2.0**BITS).to(torch.int32)
    values = torch.arange(count, dtype=torch.int32, device=numbers.device) * STRIDE
    values = values + keys[:, :1]
    values.bitwise_xor_(_down(values, 16)).mul_(FIRST).bitwise_xor_(keys[:, 1:] * STRIDE)
    values.bitwise_xor_(_down(values, 15)).mul_(SECOND)
    values.bitwise_xor_(_down(values, 16))
    return _down(values, 32 - BITS).to(torch.float32).add_(0.5).mul_(2.0**-BITS)


def normal_noise(numbers: Tensor, count: int) -> Tensor:
    """Return standard normal numbers (Box & Muller 1958)  # (batch, 2) -> (batch, count)."""
    half = (count + 1) // 2
    first, second = uniform_noise(numbers, 2 * half).split(half, dim=1)
    radius = first.log().mul_(-2.0).sqrt_()
    angle = second * math.tau
    return torch.cat([radius * angle.cos(), radius * angle.sin_()], dim=1)[:, :count]


def _down(values: Tensor, bits: int) -> Tensor:
    """Return the integers shifted to the right with zeros coming in."""
    return (values >> bits).bitwise_and_((1 << (32 - bits)) - 1)
