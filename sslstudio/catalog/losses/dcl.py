"""Decoupled contrastive loss (Yeh et al. 2022, arXiv:2110.06848, eq. 6).

For the query of view a and image i and its positive of view b:
    l = -s(a,b)/t + log( sum over negatives e^{s/t} ),
averaged over images and ordered pairs of views: NT-Xent without the positive in the
denominator. It may be negative. The negatives are the targets of all other images in all
views, and stored ones.

Departures: the paper's weighting of the positives (its eq. 7) is left out. With more than two
views each ordered pair counts once and the image's other positives stay out of its sum.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.engine.contrast import ContrastiveLoss, ContrastiveSpec
from sslstudio.engine.parts import BuildContext


class DclSpec(ContrastiveSpec):
    """NT-Xent whose positives do not soften their own gradient."""

    kind: Literal["dcl"] = "dcl"


class Dcl(ContrastiveLoss):
    """Positives pull and negatives push, independently of each other."""

    def price(self, excess: Tensor) -> Tensor:
        """Return the excess itself."""
        return excess


def build(spec: DclSpec, _context: BuildContext) -> Dcl:
    """Return the loss."""
    return Dcl(spec)


ENTRY = Entry(
    title="Decoupled contrastive (DCL)",
    spec=DclSpec,
    build=build,
    summary="NT-Xent without the positive in its denominator; kinder to small batches.",
    citation="Yeh et al. 2022, arXiv:2110.06848",
)
