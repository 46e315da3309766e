"""Fewer levels for each channel (torchvision's RandomPosterize for floats: 2^bits of them).

Departures: none.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.imaging.tone import posterize
from sslstudio.engine.parts import BuildContext


class PosterizeSpec(AugmentationSpec):
    """Leaves only a few levels of each channel."""

    kind: Literal["posterize"] = "posterize"
    bits: Annotated[
        int,
        Range(1, 7),
        Ui("Bits", "Each channel keeps 2 to the power of this many levels.", unit="bits"),
    ] = 4
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are posterised.", unit="share"),
    ] = 0.5


class Posterize(Operation):
    """Posterises the chosen images."""

    numbers = 1

    def __init__(self, spec: PosterizeSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are posterised; overwrites `images`."""
        bits = numbers.new_full((len(numbers),), self.spec.bits)

        def change(part: Tensor, rows: Rows) -> Tensor:
            return posterize(part, bits[rows])

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: PosterizeSpec, _context: BuildContext) -> Posterize:
    """Return the operation."""
    return Posterize(spec)


ENTRY = Entry(
    title="Posterize",
    spec=PosterizeSpec,
    build=build,
    summary="Smooth shades become flat areas with edges between them.",
    citation="Cubuk et al. 2019, arXiv:1805.09501",
    group="Colour",
)
