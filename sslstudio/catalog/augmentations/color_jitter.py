"""Brightness, contrast, saturation and hue in random order (torchvision's ColorJitter).

SimCLR with strength s uses .8s, .8s, .8s, .2s (Chen et al. 2020, arXiv:2002.05709, appendix A).
Saturation and hue do not touch grey images.

Departures: changes are drawn and ordered for each image, where torchvision draws once for a batch.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.colour import ORDERS, Jitter, jitter
from sslstudio.engine.imaging.operation import Operation, between
from sslstudio.engine.parts import BuildContext


class ColorJitterSpec(AugmentationSpec):
    """Changes brightness, contrast, saturation and hue, in an order of its own for each view."""

    kind: Literal["color-jitter"] = "color-jitter"
    brightness: Annotated[
        float,
        Range(0.0, 2.0),
        Ui("Brightness", "Values are multiplied by a factor up to this far from 1.", unit="±"),
    ] = 0.4
    contrast: Annotated[
        float,
        Range(0.0, 2.0),
        Ui("Contrast", "Distance from the mean grey, by a factor this far from 1.", unit="±"),
    ] = 0.4
    saturation: Annotated[
        float,
        Range(0.0, 2.0),
        Ui("Saturation", "Distance from the pixel's grey, by a factor this far from 1.", unit="±"),
    ] = 0.4
    hue: Annotated[
        float,
        Range(0.0, 0.5),
        Ui("Hue", "Colours turn on the colour circle by up to this.", unit="± turns"),
    ] = 0.1
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views whose colours change.", unit="share"),
    ] = 0.8


class ColorJitter(Operation):
    """Draws four strengths and an order for each image."""

    numbers = 6

    def __init__(self, spec: ColorJitterSpec) -> None:
        self.spec = spec

    def settings(self, numbers: Tensor) -> Jitter:
        """Return what these uniform numbers ask for  # (batch, 6)."""
        spec = self.spec
        strengths = (spec.brightness, spec.contrast, spec.saturation)
        factors = [
            between(numbers[:, column], max(0.0, 1.0 - strength), 1.0 + strength)
            for column, strength in enumerate(strengths)
        ]
        return Jitter(
            factors=torch.stack(factors, dim=1),
            turns=between(numbers[:, 3], -spec.hue, spec.hue) if spec.hue > 0 else None,
            order=(numbers[:, 4] * len(ORDERS)).long().clamp_max_(len(ORDERS) - 1),
            chosen=numbers[:, 5] < spec.probability,
        )

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images with their colours changed; overwrites `images`."""
        return jitter(images, self.settings(numbers))


def build(spec: ColorJitterSpec, _context: BuildContext) -> ColorJitter:
    """Return the operation."""
    return ColorJitter(spec)


ENTRY = Entry(
    title="Colour jitter",
    spec=ColorJitterSpec,
    build=build,
    summary="Stops colour histograms from giving the answer away.",
    citation="Chen et al. 2020, arXiv:2002.05709",
    group="Colour",
)
