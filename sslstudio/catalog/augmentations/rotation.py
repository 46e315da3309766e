"""Turning by any angle (torchvision's RandomRotation: uniform angles).

Departures: bilinear where torchvision's default is nearest; at border pixels those of
`engine/imaging/warp.py`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation, between
from sslstudio.engine.imaging.warp import Motion, Surroundings, warped
from sslstudio.engine.parts import BuildContext


class RotationSpec(AugmentationSpec):
    """Turns the image about its middle."""

    kind: Literal["rotation"] = "rotation"
    angle: Annotated[
        float,
        Range(0.0, 180.0),
        Ui("Angle", "Views are turned by up to this, to either side.", unit="± degrees"),
    ] = 15.0
    fill: Annotated[
        Surroundings,
        Ui("Fill", "What comes into the corners: black, the mean colour, a mirror or the edge."),
    ] = "black"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are turned.", unit="share"),
    ] = 1.0


class Rotation(Operation):
    """Turns the chosen images, each by its own angle."""

    numbers = 2

    def __init__(self, spec: RotationSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are turned; overwrites `images`."""
        reach = math.radians(self.spec.angle)

        def change(part: Tensor, rows: Rows) -> Tensor:
            angle = between(numbers[rows, 1], -reach, reach)
            return warped(part, replace(Motion.none(part), angle=angle), self.spec.fill)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: RotationSpec, _context: BuildContext) -> Rotation:
    """Return the operation."""
    return Rotation(spec)


ENTRY = Entry(
    title="Rotation",
    spec=RotationSpec,
    build=build,
    summary="Turns the image a little, or all the way round.",
    citation="Simard et al. 2003, doi:10.1109/ICDAR.2003.1227801 (affine distortions)",
    group="Geometry",
)
