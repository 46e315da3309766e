"""The L of CIE Lab: what is left of a picture without colour (Zhang et al. 2017, arXiv:1611.09842).

Like every change of colour space this is done to every image, also to those without augmentation
that monitors, evaluation and export see.

Departures: the scale: L / 100, in [0, 1].
"""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.lab import lightness
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class LightnessSpec(AugmentationSpec):
    """Keeps the lightness L of CIE Lab, scaled to [0, 1]: one channel."""

    kind: Literal["lightness"] = "lightness"
    converts: ClassVar[bool] = True

    def channels_after(self, _channels: int) -> int:
        """Return one channel."""
        return 1


class Lightness(Operation):
    """Takes the lightness of every image."""

    numbers = 0

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return L in [0, 1]  # (batch, 1, height, width)."""
        del numbers
        return lightness(images)


def build(_spec: LightnessSpec, _context: BuildContext) -> Lightness:
    """Return the operation."""
    return Lightness()


ENTRY = Entry(
    title="Lightness",
    spec=LightnessSpec,
    build=build,
    summary="The network sees how light a pixel is, but not its colour.",
    citation="Zhang et al. 2017, arXiv:1611.09842; Tian et al. 2020, arXiv:1906.05849",
    group="Input",
)
