"""Whitened image patches and a dictionary of their directions, for encoders without gradients."""

from __future__ import annotations

import math
from typing import Annotated, Final, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.clustering import spherical_kmeans
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import BuildContext, TrainingImages
from sslstudio.engine.pixel_statistics import at_side, sample_of
from sslstudio.engine.sampling import seeded

IMAGES: Final = 4096
"""Images whose patches are looked at."""
PATCHES: Final = 65_536
CONTRAST_FLOOR: Final = 1e-2
"""Added to a patch's variance, so that flat patches do not become noise (Coates & Ng's 10 of
255 squared is 1.5e-4 for pixels in [0, 1]; normalised pixels vary about ten times as much)."""
WHITENING_FLOOR: Final = 0.1
"""Added to the covariance's eigenvalues (Coates & Ng 2012, section 2, for unit contrast)."""

PatchSide = Annotated[int, Range(3, 12), Ui("Patch", "Side of a patch.", unit="px")]
"""A field of encoders with a dictionary, by the name `patch`."""
PatchStride = Annotated[
    int, Range(1, 8), Ui("Stride", "Distance between neighbouring patches.", unit="px")
]
"""A field of encoders with a dictionary, by the name `stride`."""


class PatchSettings(Protocol):
    """What the spec of an encoder with a dictionary says of its patches."""

    @property
    def side(self) -> int:
        """Side to which larger images are averaged down, in pixels."""
        ...

    @property
    def patch(self) -> int:
        """Side of a patch in pixels."""
        ...

    @property
    def stride(self) -> int:
        """Distance between neighbouring patches in pixels."""
        ...


class PatchDictionary(nn.Module):
    """Cuts patches, takes their contrast out, whitens them and compares them with its entries.

    Contrast normalisation and ZCA whitening as in Coates, Ng & Lee 2011, section 3; entries by
    spherical k-means (Coates & Ng 2012, doi:10.1007/978-3-642-35289-8_30, section 3).
    """

    mean: Tensor
    whitening: Tensor
    entries: Tensor

    def __init__(self, spec: PatchSettings, context: BuildContext, size: int) -> None:
        super().__init__()
        self.side = min(spec.side, context.size)
        self.patch, self.stride = min(spec.patch, self.side), spec.stride
        numbers = context.channels * self.patch**2
        self.map_side = (self.side - self.patch) // self.stride + 1
        self.register_buffer("mean", torch.zeros(numbers))
        self.register_buffer("whitening", torch.eye(numbers))  # symmetric
        self.register_buffer("entries", F.normalize(torch.ones(size, numbers), dim=1))

    def patches(self, images: Tensor) -> Tensor:
        """Return whitened patches of each image  # (batch, positions, numbers)."""
        pixels = at_side(images.float(), self.side)
        cut = F.unfold(pixels, self.patch, stride=self.stride).transpose(1, 2)
        with full_precision(pixels):
            return (_contrast_normalised(cut) - self.mean) @ self.whitening

    def cosines(self, images: Tensor) -> Tensor:
        """Return each patch's cosine to every entry  # (batch, positions, entries)."""
        directions = F.normalize(self.patches(images), dim=2)
        with full_precision(directions):
            return directions @ self.entries.T

    def as_map(self, values: Tensor) -> Tensor:
        """Return values at positions as a feature map  # (b, positions, k) -> (b, k, y, x)."""
        grid: Tensor = values.transpose(1, 2).unflatten(2, (self.map_side, self.map_side))
        return grid

    @torch.no_grad()
    def fit(self, images: TrainingImages) -> Tensor:
        """Learn whitening and entries; return sampled images for whoever learns on top of them.

        They are normalised and lie on the CPU  # (n, channels, side, side).
        """
        sample = sample_of(images, self.side, IMAGES)
        cut = F.unfold(sample, self.patch, stride=self.stride).transpose(1, 2).flatten(0, 1)
        order = torch.randperm(len(cut), generator=seeded("cpu", "patches"))[:PATCHES]
        chosen = _contrast_normalised(cut[order])
        mean = chosen.mean(dim=0)
        whitening = _zca(chosen - mean)
        self.mean.copy_(mean)
        self.whitening.copy_(whitening)
        directions = F.normalize((chosen - mean) @ whitening, dim=1)
        found = spherical_kmeans(directions, len(self.entries), seeded("cpu", "dictionary"))
        self.entries.copy_(found.centroids)
        return sample


def _contrast_normalised(patches: Tensor) -> Tensor:
    centred = patches - patches.mean(dim=-1, keepdim=True)
    variance = centred.square().mean(dim=-1, keepdim=True)
    return centred / (variance + CONTRAST_FLOOR).sqrt()


def _zca(centred: Tensor) -> Tensor:
    covariance = (centred.T @ centred).double() / len(centred)
    values, vectors = torch.linalg.eigh(covariance)
    scale = (values.clamp_min(0.0) + WHITENING_FLOOR).rsqrt()
    whitening: Tensor = (vectors * scale @ vectors.T).float()
    return whitening


def entries_for(images: int, largest: int) -> int:
    """Return how many dictionary entries suit a number of images: 16 times its square root."""
    return max(16, min(largest, 16 * math.isqrt(images)))
