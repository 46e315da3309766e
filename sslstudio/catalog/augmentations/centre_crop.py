"""The middle of the image, resized to the view with antialiasing.

Without chance: what networks are usually tested with (Krizhevsky et al. 2012, section 4.1). A share
of 7/8 is the usual 224 of 256 px; torchvision has it as Resize and CenterCrop.

Departures: cut first and resized once, where Resize and CenterCrop resize and then cut.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.boxes import Boxes
from sslstudio.engine.imaging.placement import Placement, Placing
from sslstudio.engine.parts import BuildContext


class CentreCropSpec(AugmentationSpec):
    """Cuts the middle square out of the image and resizes it to the view."""

    kind: Literal["centre-crop"] = "centre-crop"
    sets_size: ClassVar[bool] = True
    side: Annotated[
        float,
        Range(0.1, 1.0),
        Ui("Side", "Side of the square as a share of the image's shorter side.", unit="share"),
    ] = 0.875


class CentreCrop(Placing):
    """Places the middle of each image on the whole view."""

    numbers = 0
    resamples = True

    def __init__(self, spec: CentreCropSpec, size: int) -> None:
        self.spec = spec
        self.size = size

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        """Return the placement with its middle on the whole view."""
        height, width = placement.source
        side = max(1, round(self.spec.side * min(height, width)))
        sides = torch.full((len(numbers),), float(side), device=numbers.device)
        top = torch.full_like(sides, round((height - side) / 2))
        left = torch.full_like(sides, round((width - side) / 2))
        return placement.cropped(Boxes(top, left, sides, sides), (self.size, self.size))


def build(spec: CentreCropSpec, context: BuildContext) -> CentreCrop:
    """Return the operation that fills the context's view."""
    return CentreCrop(spec, context.view_size)


ENTRY = Entry(
    title="Centre crop",
    spec=CentreCropSpec,
    build=build,
    summary="The middle of the image, the same every time.",
    citation="Krizhevsky et al. 2012, NeurIPS, section 4.1",
    group="Crops",
)
