"""RandAugment (Cubuk et al. 2020, arXiv:1909.13719, section 3; torchvision's table and ranges).

Every image takes N operations in a row, each drawn from fourteen with equal chance, all at one
magnitude on a scale up to 30. Shears, shifts, turns, and the four enhancements go to either side
by chance.

Departures: bilinear where torchvision's default is nearest; one operation never has a magnitude of
its own.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.imaging.table import Choice, Draw, change_by_table
from sslstudio.engine.parts import BuildContext

MOST: Final = 6
SCALE: Final = 30.0


class RandomAugmentSpec(AugmentationSpec):
    """Takes a few operations from a table of fourteen, for each image others."""

    kind: Literal["random-augment"] = "random-augment"
    operations: Annotated[
        int, Range(1, MOST), Ui("Operations", "How many are carried out one after the other.")
    ] = 2
    magnitude: Annotated[
        float,
        Range(0.0, SCALE),
        Ui("Magnitude", "Strength of all of them: 0 is weak, 30 is the strongest."),
    ] = 9.0
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are changed.", unit="share", advanced=True),
    ] = 1.0


class RandomAugment(Operation):
    """Draws operations and sides for each image."""

    numbers = 1 + 2 * MOST

    def __init__(self, spec: RandomAugmentSpec) -> None:
        self.spec = spec

    def draws(self, numbers: Tensor) -> list[Draw]:
        """Return what these uniform numbers ask for, step by step."""
        choices = (numbers[:, 1 : 1 + MOST] * len(Choice)).long().clamp_max_(len(Choice) - 1)
        signs = (numbers[:, 1 + MOST :] < 0.5).to(numbers.dtype).mul_(2.0).sub_(1.0)
        return [Draw(choices[:, step], signs[:, step]) for step in range(self.spec.operations)]

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are changed; overwrites `images`."""
        level = self.spec.magnitude / SCALE

        def change(part: Tensor, rows: Rows) -> Tensor:
            for draw in self.draws(numbers[rows]):
                part = change_by_table(part, draw, level)
            return part

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: RandomAugmentSpec, _context: BuildContext) -> RandomAugment:
    """Return the operation."""
    return RandomAugment(spec)


ENTRY = Entry(
    title="RandAugment",
    spec=RandomAugmentSpec,
    build=build,
    summary="A few operations at random and one knob for the strength of all.",
    citation="Cubuk et al. 2020, arXiv:1909.13719",
    group="Colour",
)
