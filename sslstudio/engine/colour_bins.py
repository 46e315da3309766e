"""Colours as classes: bins of CIE Lab's a and b, soft labels among them, and their rarity.

After Zhang et al. 2016 (arXiv:1603.08511), section 2.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.engine.imaging.lab import CHROMA_RANGE, EDGE, TO_XYZ
from sslstudio.engine.modes import full_precision

NEIGHBOURS = 5
LEVELS = 64
"""Values of each channel at which the surface of the colour cube is sampled."""
CHUNK = 65_536
"""Pixels that are compared with all bins at a time."""


class ColourBins(nn.Module):
    """The squares of a grid over a and b that hold colours a screen can show."""

    centres: Tensor
    table: Tensor

    def __init__(self, spacing: float, sigma: float) -> None:
        super().__init__()
        self.spacing = spacing
        self.sigma = sigma
        self.register_buffer("centres", torch.tensor(gamut_bins(spacing)))  # (bins, 2)
        self.register_buffer("table", torch.tensor(_nearest_table(spacing)))  # (side, side)

    @property
    def count(self) -> int:
        """Number of bins."""
        return len(self.centres)

    @torch.no_grad()
    def nearest(self, colours: Tensor) -> Tensor:
        """Return the nearest bin of each colour  # (n, 2) a and b scaled to [0, 1] -> (n,).

        A look into a table: 10 million pixels take as long as the softened labels of 200,000.
        """
        last = len(self.table) - 1
        cells = ((colours.float() - 0.5) * (CHROMA_RANGE / self.spacing)).round().long()
        row, column = (cells + last // 2).clamp(0, last).unbind(dim=1)
        return self.table[row, column]

    @torch.no_grad()
    def soft(self, colours: Tensor) -> tuple[Tensor, Tensor]:
        """Return the five nearest bins of each colour, nearest first, and their shares.

        Shares fall with a Gaussian of the distance and sum to one
        # (n, 2) a and b scaled to [0, 1] -> (n, 5) bins, (n, 5) shares
        """
        bins, shares = [], []
        with full_precision(colours):
            for chunk in ((colours - 0.5) * CHROMA_RANGE).split(CHUNK):
                squared = (chunk[:, None] - self.centres).square().sum(dim=2)
                near, index = squared.topk(min(NEIGHBOURS, self.count), dim=1, largest=False)
                bins.append(index)
                shares.append(F.softmax(-near / (2.0 * self.sigma**2), dim=1))
        return torch.cat(bins), torch.cat(shares)

    def weights(self, counts: Tensor, rebalancing: float) -> Tensor:
        """Return the weight of each bin from how often it is met (eq. 4)  # (bins,).

        w = 1 / ((1 - r) p + r / Q) with p smoothed by a Gaussian over the bins, scaled so that its
        mean over p is 1.
        """
        distance = (self.centres[:, None] - self.centres).square().sum(dim=2)
        kernel = (-distance / (2.0 * self.sigma**2)).exp()
        smoothed = (kernel / kernel.sum(dim=0)) @ (counts / counts.sum())
        weights = 1.0 / ((1.0 - rebalancing) * smoothed + rebalancing / self.count)
        return weights / (smoothed * weights).sum()

    def annealed_mean(self, logits: Tensor, temperature: float) -> Tensor:
        """Return the mean colour of the sharpened distribution (eq. 5), scaled to [0, 1].

        # (batch, bins, height, width) -> (batch, 2, height, width)
        """
        with full_precision(logits):
            sharp = F.softmax(logits.float() / temperature, dim=1)
            mean = torch.einsum("nqhw,qc->nchw", sharp, self.centres)
        return mean / CHROMA_RANGE + 0.5


@cache
def gamut_bins(spacing: float) -> tuple[tuple[float, float], ...]:
    """Return the centres (a, b) of the bins that hold a colour of sRGB, in a fixed order.

    Every a and b of a screen's colours is also met on the surface of the colour cube.
    """
    levels = np.linspace(0.0, 1.0, LEVELS)
    first, second = (axis.ravel() for axis in np.meshgrid(levels, levels))
    faces = [
        np.insert(np.stack([first, second], axis=1), axis, end, axis=1)
        for axis in range(3)
        for end in (0.0, 1.0)
    ]
    surface = np.concatenate(faces)  # (colours, 3)
    curved = ((surface + 0.055) / 1.055) ** 2.4
    linear = np.where(surface <= 0.04045, surface / 12.92, curved)
    rows = np.array(TO_XYZ)
    shares = linear @ (rows / rows.sum(axis=1, keepdims=True)).T
    straight = shares / (3.0 * EDGE**2) + 4.0 / 29.0
    x, y, z = np.where(shares > EDGE**3, np.cbrt(shares), straight).T
    numbers = np.stack([500.0 * (x - y), 200.0 * (y - z)], axis=1) / spacing
    found = np.unique(np.rint(numbers).astype(np.int64), axis=0)
    return tuple((float(a) * spacing, float(b) * spacing) for a, b in found)


@cache
def _nearest_table(spacing: float) -> tuple[tuple[int, ...], ...]:
    """Return the number of the nearest bin for every square of the whole grid."""
    centres = np.array(gamut_bins(spacing))
    reach = round(CHROMA_RANGE / 2 / spacing)
    axis = np.arange(-reach, reach + 1) * spacing
    squares = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=2)
    distance = ((squares[:, :, None] - centres) ** 2).sum(axis=3)
    return tuple(tuple(int(bin_number) for bin_number in row) for row in distance.argmin(axis=2))
