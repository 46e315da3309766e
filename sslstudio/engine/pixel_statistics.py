"""Pixels as vectors: a common size, an even sample of the images, and principal directions."""

from __future__ import annotations

import math
from typing import Annotated, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.parts import TrainingImages

LargestSide = Annotated[
    int,
    Range(8, 48),
    Ui("Largest side", "Larger images are averaged down to this.", unit="px", advanced=True),
]
"""A field of encoders whose cost grows fast with the number of pixels, by the name `side`."""


class Principal(NamedTuple):
    """Mean and leading directions of vectors, by falling variance."""

    mean: Tensor  # (numbers,)
    directions: Tensor  # (numbers, dims), orthonormal columns
    variances: Tensor  # (dims,)
    total: Tensor  # (): variance of all directions together


def at_side(images: Tensor, side: int) -> Tensor:
    """Return square images at this size  # (batch, channels, side, side)."""
    if images.shape[-1] == side and images.shape[-2] == side:
        return images
    return F.interpolate(images, [side] * 2, mode="bilinear", antialias=True)


def sample_of(images: TrainingImages, side: int, largest: int) -> Tensor:
    """Return evenly spread, normalised training images on the CPU  # (n, channels, side, side)."""
    stride = math.ceil(images.count / largest)
    return torch.cat(
        [
            at_side(images.normalised(batch[indices % stride == 0]), side).cpu()
            for indices, batch in images.batches()
        ]
    )


def principal(vectors: Tensor, dims: int) -> Principal:
    """Return the mean and the `dims` directions of largest variance; overwrites `vectors`.

    A direction's sign is chosen so that its largest entry is positive: a fit is repeatable.
    """
    mean = vectors.mean(dim=0)
    centred = vectors.sub_(mean)
    # On the CPU in float64, which some devices lack.
    covariance = (centred.T @ centred).double() / max(1, len(vectors) - 1)
    values, directions = torch.linalg.eigh(covariance)
    kept = values.flip(0)[:dims].clamp_min(0.0)
    return Principal(mean, _signed(directions.flip(1)[:, :dims]).float(), kept, values.sum())


def _signed(directions: Tensor) -> Tensor:
    largest = directions.abs().argmax(dim=0, keepdim=True)
    return directions * directions.gather(0, largest).sign()
