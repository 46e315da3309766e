"""Turning, shifting, scaling and shearing at once (torchvision's RandomAffine).

Shifts are whole pixels and both axes are sheared, each by its own angle, as torchvision does for
four shear values.

Departures: bilinear where torchvision's default is nearest; at border pixels those of
`engine/imaging/warp.py`.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation, between
from sslstudio.engine.imaging.warp import Motion, Surroundings, warped
from sslstudio.engine.parts import BuildContext


class AffineSpec(AugmentationSpec):
    """Shifts, scales, shears and turns the image about its middle."""

    kind: Literal["affine"] = "affine"
    translate: Annotated[
        float,
        Range(0.0, 0.5),
        Ui("Shift", "Views move by up to this part of their side, in both axes.", unit="± share"),
    ] = 0.1
    scale: Annotated[
        tuple[float, float],
        Span(0.25, 4.0, log=True),
        Ui("Scale", "Smallest and largest size of the picture within the view; 1 keeps it."),
    ] = (0.8, 1.2)
    shear: Annotated[
        float,
        Range(0.0, 60.0),
        Ui("Shear", "Views lean by up to this, in both axes.", unit="± degrees"),
    ] = 10.0
    angle: Annotated[
        float,
        Range(0.0, 180.0),
        Ui("Angle", "Views are turned by up to this, to either side.", unit="± degrees"),
    ] = 0.0
    fill: Annotated[
        Surroundings,
        Ui("Fill", "What stands around the picture: black, its mean colour, a mirror, its edge."),
    ] = "black"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are moved.", unit="share"),
    ] = 1.0


class Affine(Operation):
    """Moves the chosen images, each in its own way."""

    numbers = 7

    def __init__(self, spec: AffineSpec) -> None:
        self.spec = spec

    def motion(self, numbers: Tensor, size: tuple[int, int]) -> Motion:
        """Return where these uniform numbers move images of this (height, width)."""
        spec = self.spec
        turn, lean = math.radians(spec.angle), math.radians(spec.shear)
        down, right = (spec.translate * side for side in size)
        return Motion(
            angle=between(numbers[:, 1], -turn, turn),
            right=between(numbers[:, 2], -right, right).round(),
            down=between(numbers[:, 3], -down, down).round(),
            scale=between(numbers[:, 4], *spec.scale),
            shear_x=between(numbers[:, 5], -lean, lean),
            shear_y=between(numbers[:, 6], -lean, lean),
        )

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are moved; overwrites `images`."""
        size = (images.shape[2], images.shape[3])

        def change(part: Tensor, rows: Rows) -> Tensor:
            return warped(part, self.motion(numbers[rows], size), self.spec.fill)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: AffineSpec, _context: BuildContext) -> Affine:
    """Return the operation."""
    return Affine(spec)


ENTRY = Entry(
    title="Affine",
    spec=AffineSpec,
    build=build,
    summary="Shifts, scales and leans the picture in one resampling.",
    citation="Simard et al. 2003, doi:10.1109/ICDAR.2003.1227801 (affine distortions)",
    group="Geometry",
)
