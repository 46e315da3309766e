"""Tiles in random order, as a jigsaw puzzle looks (Noroozi & Favaro 2016, arXiv:1603.09246).

As an augmentation it leaves what is in the picture and takes away how it is arranged.

Departures: all orders are equally likely, where the task has a fixed set of them; tiles are whole
cells without gap or shift and keep their own colours, as nothing is asked about them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.mosaic import shuffled_tiles
from sslstudio.engine.imaging.noise import NUMBERS, uniform_noise
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class GridShuffleSpec(AugmentationSpec):
    """Cuts the image into tiles and puts them together in random order."""

    kind: Literal["grid-shuffle"] = "grid-shuffle"
    tiles: Annotated[
        int, Range(2, 8), Ui("Tiles", "Tiles along each side of the image.", unit="tiles")
    ] = 3
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views whose tiles are shuffled.", unit="share"),
    ] = 1.0


class GridShuffle(Operation):
    """Shuffles the tiles of the chosen images; all orders are equally likely."""

    numbers = 1 + NUMBERS

    def __init__(self, spec: GridShuffleSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are shuffled; overwrites `images`."""
        tiles = self.spec.tiles

        def change(part: Tensor, rows: Rows) -> Tensor:
            order = uniform_noise(numbers[rows, 1:], tiles**2).argsort(dim=1)
            return shuffled_tiles(part, order)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: GridShuffleSpec, _context: BuildContext) -> GridShuffle:
    """Return the operation."""
    return GridShuffle(spec)


ENTRY = Entry(
    title="Grid shuffle",
    spec=GridShuffleSpec,
    build=build,
    summary="The same tiles in another order: parts stay, arrangement goes.",
    citation="Noroozi & Favaro 2016, arXiv:1603.09246",
    group="Occlusion and order",
)
