"""Solarisation: bright values are inverted (Grill et al. 2020, arXiv:2006.07733, appendix B).

As torchvision's RandomSolarize.

Departures: none.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.colour import solarize
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class SolarizeSpec(AugmentationSpec):
    """Inverts the values at or above a threshold."""

    kind: Literal["solarize"] = "solarize"
    threshold: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Threshold", "Values from here up are inverted; 0 is black, 1 is white."),
    ] = 0.5
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are solarised.", unit="share"),
    ] = 0.2


class Solarize(Operation):
    """Solarises the chosen images."""

    numbers = 1

    def __init__(self, spec: SolarizeSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are solarised; overwrites `images`."""

        def change(part: Tensor, _rows: Rows) -> Tensor:
            return solarize(part, self.spec.threshold)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: SolarizeSpec, _context: BuildContext) -> Solarize:
    """Return the operation."""
    return Solarize(spec)


ENTRY = Entry(
    title="Solarize",
    spec=SolarizeSpec,
    build=build,
    summary="Bright turns dark; BYOL uses it in one of its two pipelines.",
    citation="Grill et al. 2020, arXiv:2006.07733",
    group="Colour",
)
