"""Magnitudes of the discrete Fourier transform: what does not change when an image is shifted.

F(u, v) = sum over x, y of f(x, y) exp(-2 pi i (u x + v y) / N), h = log(1 + |F|) for all
frequencies up to `cutoff` cycles across the image; of each pair F(u, v), F(-u, -v), equal in
magnitude for real images, one is kept. A cyclic shift of the image multiplies F by a phase and
leaves |F| alone (the shift theorem; Oppenheim & Lim 1981, doi:10.1109/PROC.1981.12022, show what
the discarded phase carries). The transform is written as products with cosine and sine matrices,
which export anywhere.

Departures: the logarithm, which tames the 1/f fall of natural spectra; larger images are averaged
down, and frequencies above `cutoff` are left out.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import BuildContext, Encoder
from sslstudio.engine.pixel_statistics import at_side


class FourierSpec(EncoderSpec):
    """How much of each frequency an image holds, wherever it stands."""

    kind: Literal["fourier"] = "fourier"
    trainable: ClassVar[bool] = False
    cutoff: Annotated[
        int,
        Range(1, 24),
        Ui("Cutoff", "Highest frequency that is kept.", unit="cycles across the image"),
    ] = 10
    side: Annotated[
        int,
        Range(8, 64),
        Ui("Largest side", "Larger images are averaged down to this.", unit="px", advanced=True),
    ] = 32


class Fourier(Encoder):
    """Products with cosines and sines along rows and columns."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, spec: FourierSpec, context: BuildContext) -> None:
        super().__init__()
        self.side = min(spec.side, context.size)
        self.cutoff = min(spec.cutoff, self.side // 2 - 1)
        frequencies = torch.arange(-self.cutoff, self.cutoff + 1)
        angle = 2.0 * math.pi / self.side * frequencies[:, None] * torch.arange(self.side)[None]
        self.register_buffer("cosine", angle.cos())  # (frequencies, side)
        self.register_buffer("sine", angle.sin())
        self.stage_dims = {"magnitudes": context.channels}
        rows = 2 * self.cutoff + 1
        self.dim = context.channels * (rows * self.cutoff + self.cutoff + 1)

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the log magnitudes, rows by columns  # (batch, channels, rows, columns)."""
        pixels = at_side(images.float(), self.side)
        half_cosine, half_sine = self.cosine[self.cutoff :], self.sine[self.cutoff :]
        with full_precision(pixels):
            along, across = pixels @ half_cosine.T, pixels @ half_sine.T
            real = self.cosine @ along - self.sine @ across
            imaginary = self.sine @ along + self.cosine @ across
            # Per pixel, so that the size of the image does not set the scale.
            power = (real.square() + imaginary.square()) / self.side**2
        return {"magnitudes": (power + 1e-12).sqrt().log1p()}

    def pool(self, features: Tensor) -> Tensor:
        """Return one magnitude of each conjugate pair  # (batch, dim)."""
        upright = features[..., self.cutoff :, :1]  # column 0 pairs with itself
        return torch.cat([upright.flatten(1), features[..., 1:].flatten(1)], dim=1)


def build(spec: FourierSpec, context: BuildContext) -> Fourier:
    """Return the transform for the run's images."""
    return Fourier(spec, context)


ENTRY = Entry(
    title="Fourier magnitudes",
    spec=FourierSpec,
    build=build,
    summary="How much of each frequency an image holds; blind to shifts by construction.",
    citation="Oppenheim & Lim 1981, doi:10.1109/PROC.1981.12022",
)
