"""Whitened k-means patches with triangle activation (Coates, Ng & Lee 2011, AISTATS).

Patches are contrast-normalised and ZCA-whitened; k-means finds `centroids` directions c_k; each
patch x is coded as f_k(x) = max(0, mean(d) - d_k), d_k = |x - c_k| (their eq. 2, "triangle"),
and codes are summed over the four quadrants of the image (section 3.2), here averaged.

Departures: spherical instead of plain k-means (Coates & Ng 2012 found it as good and it needs no
restarts); patches are scaled to unit length before they are compared, so that distances are
those on the sphere; every second position instead of every one.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder, TrainingImages
from sslstudio.engine.patch_dictionary import (
    PatchDictionary,
    PatchSide,
    PatchStride,
    entries_for,
)
from sslstudio.engine.pixel_statistics import LargestSide

LARGEST_AUTOMATIC = 800


class KmeansPatchesSpec(EncoderSpec):
    """Which typical patches an image holds, and in which quadrant."""

    kind: Literal["kmeans-patches"] = "kmeans-patches"
    trainable: ClassVar[bool] = False
    centroids: Annotated[
        int | None,
        Range(4, 4000, log=True),
        Ui("Centroids", "Typical patches; empty chooses by the number of images, at most 800."),
    ] = None
    patch: PatchSide = 6
    stride: PatchStride = 2
    grid: Annotated[
        int, Range(1, 4), Ui("Grid", "Codes are averaged in this many cells along each side.")
    ] = 2
    side: LargestSide = 32


class KmeansPatches(Encoder):
    """A dictionary of patches, triangle codes and a coarse grid."""

    def __init__(self, spec: KmeansPatchesSpec, context: BuildContext) -> None:
        super().__init__()
        count = spec.centroids or entries_for(context.train_images, LARGEST_AUTOMATIC)
        self.dictionary = PatchDictionary(spec, context, count)
        self.grid = spec.grid
        self.stage_dims = {"codes": count}
        self.dim = count * spec.grid**2

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the codes of all patches  # (batch, centroids, rows, columns)."""
        distances = (2.0 - 2.0 * self.dictionary.cosines(images)).clamp_min(0.0).sqrt()
        codes = F.relu(distances.mean(dim=2, keepdim=True) - distances)
        return {"codes": self.dictionary.as_map(codes)}

    def pool(self, features: Tensor) -> Tensor:
        """Return the mean codes of each cell  # (batch, centroids x grid x grid)."""
        return F.adaptive_avg_pool2d(features, self.grid).flatten(1)

    def fit(self, images: TrainingImages) -> None:
        """Learn whitening and centroids from patches of the training images."""
        self.dictionary.fit(images)


def build(spec: KmeansPatchesSpec, context: BuildContext) -> KmeansPatches:
    """Return the encoder, unfitted, for the run's images."""
    return KmeansPatches(spec, context)


ENTRY = Entry(
    title="k-means patches",
    spec=KmeansPatchesSpec,
    build=build,
    summary="Which typical patches an image holds: one layer, no gradient, hard to beat quickly.",
    citation="Coates, Ng & Lee 2011, AISTATS",
)
