"""Energies of wavelet bands on a grid (Mallat 1989, doi:10.1109/34.192463).

An orthonormal filter pair (Haar 1910, or the four taps of Daubechies 1988) splits rows and
columns into a coarse picture and three bands of detail, again and again. h holds the coarsest
picture and, for each band, the mean magnitude in each cell of a grid: without the magnitude an
orthonormal transform would keep all distances between images and be no better than pixels. This
is the first order of a scattering network (Bruna & Mallat 2013, arXiv:1203.1513, eq. 6).

Departures: real wavelets and none of the scattering network's rotations; borders are periodic;
images are resized to a power of two, at most 64 px.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import BuildContext, Encoder
from sslstudio.engine.pixel_statistics import at_side

ROOT_3: Final = math.sqrt(3.0)
LOW_PASS: Final = {
    "haar": (1.0, 1.0),
    "daubechies": (1 + ROOT_3, 3 + ROOT_3, 3 - ROOT_3, 1 - ROOT_3),
}
BANDS: Final = 4


class WaveletSpec(EncoderSpec):
    """Where an image holds detail of each size and direction."""

    kind: Literal["wavelet"] = "wavelet"
    trainable: ClassVar[bool] = False
    family_of_filters: Annotated[
        Literal["haar", "daubechies"],
        Ui("Filters", "Haar looks at steps, Daubechies (four taps) ignores slopes as well."),
    ] = "daubechies"
    levels: Annotated[
        int, Range(1, 5), Ui("Levels", "How often the coarse picture is split again.")
    ] = 3
    cells: Annotated[
        int, Range(1, 8), Ui("Cells", "Cells of the grid along each side.", unit="cells")
    ] = 4


class Wavelet(Encoder):
    """A cascade of strided convolutions with fixed filters."""

    filters: Tensor

    def __init__(self, spec: WaveletSpec, context: BuildContext) -> None:
        super().__init__()
        # The largest power of two that the images fill: every level halves it.
        self.side = 2 ** min(6, int(math.log2(context.size)))
        self.levels = min(spec.levels, int(math.log2(self.side)) - 1)
        self.cells = spec.cells
        self.register_buffer("filters", _bank(spec.family_of_filters))  # (4, 1, taps, taps)
        coarse = self.side // 2**self.levels
        self.stage_dims = {
            f"level{level}": context.channels * BANDS for level in range(1, self.levels + 1)
        }
        self.coarse = min(coarse, self.cells)
        details = self.levels * (BANDS - 1) * self.cells**2
        self.dim = context.channels * (details + self.coarse**2)

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return each level's coarse picture and details  # (batch, 4 channels, side, side)."""
        coarse = at_side(images.float(), self.side)
        maps: dict[str, Tensor] = {}
        for level in range(1, self.levels + 1):
            bands = self._split(coarse)  # (batch, channels, 4, height, width)
            maps[f"level{level}"] = bands.flatten(1, 2)
            coarse = bands[:, :, 0]
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """Return band energies and the coarsest picture  # (batch, dim)."""
        maps = [features.unflatten(1, (-1, BANDS)) for features in self.stages(images).values()]
        energies = [self._cells(bands[:, :, 1:].flatten(1, 2).abs(), self.cells) for bands in maps]
        return torch.cat([*energies, self._cells(maps[-1][:, :, 0], self.coarse)], dim=1)

    def pool(self, features: Tensor) -> Tensor:
        """Return the mean of each band  # (batch, bands)."""
        return features.mean(dim=(2, 3))

    def _split(self, pictures: Tensor) -> Tensor:
        channels, taps = pictures.shape[1], self.filters.shape[-1]
        padded = F.pad(pictures, (0, taps - 2, 0, taps - 2), mode="circular")
        bank = self.filters.repeat(channels, 1, 1, 1)
        with full_precision(pictures):
            split = F.conv2d(padded, bank, stride=2, groups=channels)
        bands: Tensor = split.unflatten(1, (channels, BANDS))
        return bands

    def _cells(self, pictures: Tensor, cells: int) -> Tensor:
        return F.adaptive_avg_pool2d(pictures, cells).flatten(1)


def _bank(name: str) -> Tensor:
    """Return coarse, horizontal, vertical and diagonal filters of unit norm."""
    low = torch.tensor(LOW_PASS[name], dtype=torch.float64)
    low = low / low.norm()
    signs = torch.tensor([(-1.0) ** tap for tap in range(len(low))], dtype=torch.float64)
    high = low.flip(0) * signs
    pairs = ((low, low), (low, high), (high, low), (high, high))
    return torch.stack([torch.outer(rows, columns) for rows, columns in pairs])[:, None].float()


def build(spec: WaveletSpec, context: BuildContext) -> Wavelet:
    """Return the transform for the run's images."""
    return Wavelet(spec, context)


ENTRY = Entry(
    title="Wavelet energies",
    spec=WaveletSpec,
    build=build,
    summary="Where an image holds detail of each size and direction, by Haar or Daubechies.",
    citation="Mallat 1989, doi:10.1109/34.192463",
)
