"""Histogram equalisation of each channel (Pillow's ImageOps.equalize, as torchvision's).

Departures: values between the 256 levels count as the level below, as Pillow knows bytes alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.imaging.tone import equalize
from sslstudio.engine.parts import BuildContext


class EqualizeSpec(AugmentationSpec):
    """Spreads each channel evenly over all levels."""

    kind: Literal["equalize"] = "equalize"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are equalised.", unit="share"),
    ] = 0.5


class Equalize(Operation):
    """Equalises the chosen images."""

    numbers = 1

    def __init__(self, spec: EqualizeSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are equalised; overwrites `images`."""
        return change_chosen(images, numbers[:, 0] < self.spec.probability, _equalized)


def _equalized(images: Tensor, _rows: Rows) -> Tensor:
    return equalize(images)


def build(spec: EqualizeSpec, _context: BuildContext) -> Equalize:
    """Return the operation."""
    return Equalize(spec)


ENTRY = Entry(
    title="Equalize",
    spec=EqualizeSpec,
    build=build,
    summary="Takes brightness and contrast of a picture away and keeps its order of values.",
    citation="Cubuk et al. 2019, arXiv:1805.09501",
    group="Colour",
)
