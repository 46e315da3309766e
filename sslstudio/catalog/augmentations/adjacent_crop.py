"""One of two neighbouring boxes (Chen et al. 2020, arXiv:2002.05709, figure 3, right).

The figure shows adjacent views beside global and local ones, without a law. Here two equal boxes
stand side by side or one above the other, as likely the one as the other. Together with the gap
between them they are a box of torchvision's RandomResizedCrop, twice as wide or high as the aspect
ratio says. Which of the two the first view shows is drawn as well, so that both views follow one
law. A view that shares this draw with the first one and takes the other part shows the neighbour.

A gap takes away what runs across the common edge: Doersch et al. (2015, arXiv:1505.05192, section
3.1) found that networks otherwise match lines there instead of learning what is in the picture.

Departures: the law of the boxes, of which the figure gives none, and the gap.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.boxes import NUMBERS, Boxes, draw_boxes
from sslstudio.engine.imaging.placement import Placement, Placing
from sslstudio.engine.parts import BuildContext


class AdjacentCropSpec(AugmentationSpec):
    """Cuts one of two neighbouring boxes out of the image and resizes it to the view."""

    kind: Literal["adjacent-crop"] = "adjacent-crop"
    sets_size: ClassVar[bool] = True
    divides: ClassVar[str] = "part"
    scale: Annotated[
        tuple[float, float],
        Span(0.01, 0.5),
        Ui(
            "Area",
            "Smallest and largest share of the image's area in each of the two boxes.",
            unit="share",
        ),
    ] = (0.1, 0.3)
    aspect_ratio: Annotated[
        tuple[float, float],
        Span(0.1, 10.0, log=True),
        Ui(
            "Aspect ratio",
            "Narrowest and widest of the two boxes, as width divided by height.",
            advanced=True,
        ),
    ] = (3 / 4, 4 / 3)
    gap: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Gap",
            "Distance between the two boxes as a share of their side; without one, lines that run "
            "on from box to box may be all that is learned.",
            unit="share",
        ),
    ] = 0.0
    part: Annotated[
        Literal["first", "second"],
        Ui(
            "Part",
            "Which of the two boxes this view shows. The second view needs the other one, and has "
            "to share the draw of this operation with the first view.",
        ),
    ] = "first"


class AdjacentCrop(Placing):
    """Places one of two neighbouring boxes of each image on the whole view."""

    numbers = NUMBERS + 2
    resamples = True

    def __init__(self, spec: AdjacentCropSpec, size: int) -> None:
        self.spec = spec
        self.size = size

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        """Return the placement with this view's box of it on the whole view."""
        source = placement.source
        far = (numbers[:, 1] < 0.5) ^ (self.spec.part == "second")
        right = self._side_by_side(numbers[:, 2:], source, far)
        below = self._stacked(numbers[:, 2:], source, far)
        return placement.cropped(right.where(numbers[:, 0] < 0.5, below), (self.size, self.size))

    def _side_by_side(self, numbers: Tensor, source: tuple[int, int], far: Tensor) -> Boxes:
        pair = self._pair(numbers, source, 2.0 + self.spec.gap)
        left, width = self._share(pair.left, pair.width, source[1], far)
        return Boxes(pair.top, left, pair.height, width)

    def _stacked(self, numbers: Tensor, source: tuple[int, int], far: Tensor) -> Boxes:
        pair = self._pair(numbers, source, 1.0 / (2.0 + self.spec.gap))
        top, height = self._share(pair.top, pair.height, source[0], far)
        return Boxes(top, pair.left, height, pair.width)

    def _pair(self, numbers: Tensor, source: tuple[int, int], stretch: float) -> Boxes:
        """Return the box that holds both boxes and the gap between them."""
        (small, large), (narrow, wide) = self.spec.scale, self.spec.aspect_ratio
        areas = (small * (2.0 + self.spec.gap), large * (2.0 + self.spec.gap))
        return draw_boxes(numbers, source, areas, (narrow * stretch, wide * stretch))

    def _share(
        self, start: Tensor, length: Tensor, room: int, far: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return where one of the two boxes starts and how long it is, in whole pixels."""
        side = (length / (2.0 + self.spec.gap)).floor_().clamp_min_(1.0)
        step = side + (self.spec.gap * side).round_()
        # The pair of a box that is too narrow to be divided may stick out of the image.
        start = torch.minimum(start, room - step - side)
        return torch.where(far, start + step, start), side


def build(spec: AdjacentCropSpec, context: BuildContext) -> AdjacentCrop:
    """Return the operation that fills the context's view."""
    return AdjacentCrop(spec, context.view_size)


ENTRY = Entry(
    title="Adjacent crop",
    spec=AdjacentCropSpec,
    build=build,
    summary="One of two neighbouring boxes; the other view shows the other one.",
    citation="Chen et al. 2020, arXiv:2002.05709, figure 3",
    group="Crops",
)
