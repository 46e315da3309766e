"""A random box, resized (Szegedy et al. 2015, arXiv:1409.4842, section 6; torchvision's law).

The resizing is bilinear with antialiasing. Images may come as bytes: the conversion to float then
happens within the resizing, which is why this operation stands first in most pipelines. A
mirroring beside it is carried out by the same resampling. Two views whose boxes lie in opposite
halves never overlap: neighbouring crops instead of nested ones.

Departures: a box is drawn for each image, where torchvision draws once for a batch; the paper also
draws how pixels are interpolated.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.boxes import NUMBERS, Region, draw_within, whole_boxes
from sslstudio.engine.imaging.placement import Placement, Placing
from sslstudio.engine.parts import BuildContext


class RandomResizedCropSpec(AugmentationSpec):
    """Cuts a random box out of the image and resizes it to the view."""

    kind: Literal["random-resized-crop"] = "random-resized-crop"
    sets_size: ClassVar[bool] = True
    scale: Annotated[
        tuple[float, float],
        Span(0.01, 1.0),
        Ui("Area", "Smallest and largest share of the image's area in the box.", unit="share"),
    ] = (0.2, 1.0)
    aspect_ratio: Annotated[
        tuple[float, float],
        Span(0.1, 10.0, log=True),
        Ui("Aspect ratio", "Narrowest and widest box, as width divided by height.", advanced=True),
    ] = (3 / 4, 4 / 3)
    region: Annotated[
        Region,
        Ui(
            "Region",
            "Part of the image that holds the box, whose area then is a share of this part. "
            "Views from opposite halves never overlap.",
            advanced=True,
        ),
    ] = "anywhere"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Probability",
            "Share of the views that are cropped; the others show the whole image, resized.",
            unit="share",
            advanced=True,
        ),
    ] = 1.0


class RandomResizedCrop(Placing):
    """Places a random box of each image on the whole view."""

    numbers = NUMBERS + 1
    resamples = True

    def __init__(self, spec: RandomResizedCropSpec, size: int) -> None:
        self.spec = spec
        self.size = size

    def place(self, placement: Placement, numbers: Tensor) -> Placement:
        """Return the placement with a random box of it on the whole view."""
        spec = self.spec
        drawn = numbers[:, 1:]
        boxes = draw_within(drawn, placement.source, spec.scale, spec.aspect_ratio, spec.region)
        whole = whole_boxes(len(numbers), *placement.source, numbers.device)
        chosen = numbers[:, 0] < spec.probability
        return placement.cropped(boxes.where(chosen, whole), (self.size, self.size))


def build(spec: RandomResizedCropSpec, context: BuildContext) -> RandomResizedCrop:
    """Return the operation that fills the context's view."""
    return RandomResizedCrop(spec, context.view_size)


ENTRY = Entry(
    title="Random resized crop",
    spec=RandomResizedCropSpec,
    build=build,
    summary="Another part of the image at another size; the view that matters most.",
    citation="Szegedy et al. 2015, arXiv:1409.4842; Chen et al. 2020, arXiv:2002.05709",
    group="Crops",
)
