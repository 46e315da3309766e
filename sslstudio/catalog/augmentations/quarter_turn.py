"""Turning by a multiple of 90 degrees, which moves pixels without mixing them.

The turns are those of the rotation task (Gidaris et al. 2018, arXiv:1803.07728, section 2.2).

Departures: turns are drawn for each image; the paper shows every image in all four.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation
from sslstudio.engine.parts import BuildContext


class QuarterTurnSpec(AugmentationSpec):
    """Turns the image by 90, 180 or 270 degrees."""

    kind: Literal["quarter-turn"] = "quarter-turn"
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Probability",
            "Share of the views that are turned; at .75 all four positions are equally frequent.",
            unit="share",
        ),
    ] = 0.75


class QuarterTurn(Operation):
    """Turns the chosen images by one, two or three quarters; by a half if they are not square."""

    numbers = 2

    def __init__(self, spec: QuarterTurnSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are turned; overwrites `images`."""
        chosen = numbers[:, 0] < self.spec.probability
        turns = (numbers[:, 1] * 3).floor() + 1
        if images.shape[2] != images.shape[3]:
            turns = torch.full_like(turns, 2)
        for quarter in (1, 2, 3):

            def change(part: Tensor, _rows: Rows, quarter: int = quarter) -> Tensor:
                return part.rot90(quarter, (2, 3)).contiguous()

            if quarter == 2 or images.shape[2] == images.shape[3]:
                images = change_chosen(images, chosen & (turns == quarter), change)
        return images


def build(spec: QuarterTurnSpec, _context: BuildContext) -> QuarterTurn:
    """Return the operation."""
    return QuarterTurn(spec)


ENTRY = Entry(
    title="Quarter turn",
    spec=QuarterTurnSpec,
    build=build,
    summary="Turns by 90, 180 or 270 degrees; for images without an up.",
    citation="Gidaris et al. 2018, arXiv:1803.07728",
    group="Geometry",
)
