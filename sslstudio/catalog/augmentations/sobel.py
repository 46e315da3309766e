"""Edges instead of colours, as DeepCluster feeds its network (Caron et al. 2018, arXiv:1807.05520).

Like a change of colour space this is done to every image, also to those without augmentation that
monitors, evaluation and export see.

Departures: pixels before normalisation instead of after it, grey by luminance instead of the mean
of the channels, borders continued instead of padded with 0, and slopes scaled to [0, 1] with .5 for
flat. Strength is twice kornia's `sobel` with normalised filters, without its epsilon.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.colour import luminance
from sslstudio.engine.imaging.edges import edge_strength, slopes
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class SobelSpec(AugmentationSpec):
    """Shows edges only, in every image."""

    kind: Literal["sobel"] = "sobel"
    converts: ClassVar[bool] = True
    source: Annotated[
        Literal["luminance", "channels"],
        Ui("Source", "Edges of the grey image, or of each channel on its own."),
    ] = "luminance"
    output: Annotated[
        Literal["slopes", "strength"],
        Ui("Output", "Slope to the right and slope downwards, or one strength of the edge."),
    ] = "slopes"

    def channels_after(self, channels: int) -> int:
        """Return one or two channels for each that edges are taken of."""
        sources = 1 if self.source == "luminance" else channels
        return sources * (2 if self.output == "slopes" else 1)


class Sobel(Operation):
    """Filters every image."""

    numbers = 0

    def __init__(self, spec: SobelSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return the edges in [0, 1]."""
        del numbers
        source = luminance(images) if self.spec.source == "luminance" else images
        if self.spec.output == "strength":
            return edge_strength(source)
        return torch.cat(slopes(source), dim=1).mul_(0.5).add_(0.5)


def build(spec: SobelSpec, _context: BuildContext) -> Sobel:
    """Return the operation."""
    return Sobel(spec)


ENTRY = Entry(
    title="Sobel edges",
    spec=SobelSpec,
    build=build,
    summary="The network sees edges only, so that colour cannot be the answer.",
    citation="Caron et al. 2018, arXiv:1807.05520",
    group="Input",
)
