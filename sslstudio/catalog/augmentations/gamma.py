"""Gamma: every value to a power of its image's own (kornia's RandomGamma with gain 1).

Departures: none.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation, between
from sslstudio.engine.imaging.tone import with_gamma
from sslstudio.engine.parts import BuildContext


class GammaSpec(AugmentationSpec):
    """Bends the curve from dark to bright."""

    kind: Literal["gamma"] = "gamma"
    gamma: Annotated[
        tuple[float, float],
        Span(0.1, 10.0, log=True),
        Ui("Gamma", "Smallest and largest exponent: below 1 brightens, above 1 darkens."),
    ] = (0.5, 2.0)
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are brightened or darkened.", unit="share"),
    ] = 0.5


class Gamma(Operation):
    """Bends the chosen images, each with its own exponent."""

    numbers = 2

    def __init__(self, spec: GammaSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are brightened or darkened; overwrites `images`."""
        exponents = between(numbers[:, 1], *self.spec.gamma)

        def change(part: Tensor, rows: Rows) -> Tensor:
            return with_gamma(part, exponents[rows])

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: GammaSpec, _context: BuildContext) -> Gamma:
    """Return the operation."""
    return Gamma(spec)


ENTRY = Entry(
    title="Gamma",
    spec=GammaSpec,
    build=build,
    summary="Another exposure: mid tones move, black and white stay.",
    citation="Poynton 1998, The rehabilitation of gamma",
    group="Colour",
)
