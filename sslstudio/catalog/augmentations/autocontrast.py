"""Each channel stretched to the whole range (Pillow's ImageOps.autocontrast, as torchvision's).

Departures: none from torchvision's for floats; Pillow rounds to bytes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.imaging.tone import autocontrast
from sslstudio.engine.parts import BuildContext


class AutocontrastSpec(AugmentationSpec):
    """Stretches each channel from black to white."""

    kind: Literal["autocontrast"] = "autocontrast"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are stretched.", unit="share"),
    ] = 0.5


class Autocontrast(Operation):
    """Stretches the channels of the chosen images."""

    numbers = 1

    def __init__(self, spec: AutocontrastSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are stretched; overwrites `images`."""
        return change_chosen(images, numbers[:, 0] < self.spec.probability, _stretched)


def _stretched(images: Tensor, _rows: Rows) -> Tensor:
    return autocontrast(images)


def build(spec: AutocontrastSpec, _context: BuildContext) -> Autocontrast:
    """Return the operation."""
    return Autocontrast(spec)


ENTRY = Entry(
    title="Autocontrast",
    spec=AutocontrastSpec,
    build=build,
    summary="Brings faint pictures to full contrast, channel by channel.",
    citation="Cubuk et al. 2019, arXiv:1805.09501",
    group="Colour",
)
