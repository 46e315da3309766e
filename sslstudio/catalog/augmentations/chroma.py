"""The a and b of CIE Lab: colour without light (Zhang et al. 2017, arXiv:1611.09842).

Values are 0.5 + a / 220 and 0.5 + b / 220, so that 0.5 is no colour. Like every change of colour
space this is done to every image, also to those without augmentation that monitors, evaluation
and export see.

Departures: the scale, which brings all colours that a screen can show into [0, 1].
"""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.lab import chroma
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class ChromaSpec(AugmentationSpec):
    """Keeps the colour values a and b of CIE Lab, scaled to [0, 1]: two channels."""

    kind: Literal["chroma"] = "chroma"
    converts: ClassVar[bool] = True
    needs_colour: ClassVar[bool] = True

    def channels_after(self, _channels: int) -> int:
        """Return two channels."""
        return 2


class Chroma(Operation):
    """Takes the colour of every image; grey images have none."""

    numbers = 0

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return a and b in [0, 1]  # (batch, 2, height, width)."""
        del numbers
        return chroma(images)


def build(_spec: ChromaSpec, _context: BuildContext) -> Chroma:
    """Return the operation."""
    return Chroma()


ENTRY = Entry(
    title="Chroma",
    spec=ChromaSpec,
    build=build,
    summary="The network sees colours, but not how light they are.",
    citation="Zhang et al. 2017, arXiv:1611.09842; Tian et al. 2020, arXiv:1906.05849",
    group="Input",
)
