"""NT-Xent, the softmax contrastive loss (Chen et al. 2020, arXiv:2002.05709, eq. 1).

For the query of view a and image i and its positive of view b:
    l = -log( e^{s(a,b)/t} / (e^{s(a,b)/t} + sum over negatives e^{s/t}) ),
averaged over images and ordered pairs of views. The negatives are the targets of all other
images in all views: with two views of N images on one network the softmax has 2N - 1 terms,
the positive among them, as in the paper's table 2. With stored negatives this is MoCo's
InfoNCE (He et al. 2020, arXiv:1911.05722, eq. 1) when `batch_negatives` is off.

Departures: with more than two views each positive has a softmax of its own, from which the
other positives of the image are left out (SupCon, Khosla et al. 2020, keeps them in, which
lifts the floor with every view). The default temperature is .2, not the paper's .5 for CIFAR:
a sharper softmax learns faster in short runs.
"""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.engine.contrast import ContrastiveLoss, ContrastiveSpec
from sslstudio.engine.parts import BuildContext


class NtXentSpec(ContrastiveSpec):
    """Find the other view among all other images."""

    kind: Literal["nt-xent"] = "nt-xent"


class NtXent(ContrastiveLoss):
    """Softmax over the positive and all negatives."""

    def price(self, excess: Tensor) -> Tensor:
        """Return -log(e^p / (e^p + e^c)) = log(1 + e^(c - p)) for an excess c - p."""
        return F.softplus(excess)


def build(spec: NtXentSpec, _context: BuildContext) -> NtXent:
    """Return the loss."""
    return NtXent(spec)


ENTRY = Entry(
    title="NT-Xent",
    spec=NtXentSpec,
    build=build,
    summary="Softmax contrast: the other view must win against all other images.",
    citation="Chen et al. 2020, arXiv:2002.05709",
)
