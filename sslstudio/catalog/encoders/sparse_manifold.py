"""The sparse manifold transform (Chen et al. 2018, arXiv:1806.08887; 2022, arXiv:2209.15261).

A patch x (whitened, unit length) is coded by the dictionary entries that point its way,
a_k = 1 where cos(x, phi_k) >= threshold (the 2022 paper's general sparse code; the nearest entry
alone if none does). Then a linear map P sends neighbouring patches of an image close together:
minimise tr(P Q P^T) with P V P^T = I, where V = E[a a^T] and Q is the second moment of
differences of codes of patches that touch (2018, eq. 5; 2022, section 2.3). Its rows are the
generalised eigenvectors with the smallest eigenvalues. Each patch's image P a is scaled to unit
length, averaged on a grid of cells, and scaled to unit length again.

Departures: dictionary by spherical k-means, of hundreds instead of thousands of entries; the
codes' mean is taken away before V, so that the constant direction drops out; co-occurrence counts
direct neighbours only; a share of 1e-3 of V's mean diagonal is added to it, because rare entries
would otherwise make P explode.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import BuildContext, Encoder, TrainingImages
from sslstudio.engine.patch_dictionary import (
    PatchDictionary,
    PatchSide,
    PatchStride,
    entries_for,
)
from sslstudio.engine.pixel_statistics import LargestSide

LARGEST_AUTOMATIC: Final = 1600
RIDGE: Final = 1e-3
SMALLEST_RIDGE: Final = 1e-12
CHUNK: Final = 128


class SparseManifoldSpec(EncoderSpec):
    """Patches that follow each other in images lie close together."""

    kind: Literal["sparse-manifold"] = "sparse-manifold"
    trainable: ClassVar[bool] = False
    entries: Annotated[
        int | None,
        Range(16, 8192, log=True),
        Ui("Entries", "Dictionary patches; empty chooses by the number of images, at most 1600."),
    ] = None
    dims: Annotated[
        int, Range(2, 1024, log=True), Ui("Dimensions", "Width of a patch's place on the manifold.")
    ] = 128
    threshold: Annotated[
        float,
        Range(0.0, 0.95),
        Ui("Threshold", "Smallest cosine between a patch and the entries that code it."),
    ] = 0.3
    patch: PatchSide = 6
    stride: PatchStride = 2
    grid: Annotated[
        int, Range(1, 8), Ui("Grid", "Places are averaged in this many cells along each side.")
    ] = 4
    side: LargestSide = 32


class SparseManifold(Encoder):
    """A dictionary of patches, sparse codes and a linear map of them."""

    centre: Tensor
    projection: Tensor

    def __init__(self, spec: SparseManifoldSpec, context: BuildContext) -> None:
        super().__init__()
        count = spec.entries or entries_for(context.train_images, LARGEST_AUTOMATIC)
        self.dictionary = PatchDictionary(spec, context, count)
        self.threshold, self.grid = spec.threshold, spec.grid
        width = min(spec.dims, count - 1)
        self.register_buffer("centre", torch.zeros(count))
        self.register_buffer("projection", torch.eye(count, width))
        self.stage_dims = {"places": width}
        self.dim = width * spec.grid**2

    def codes(self, images: Tensor) -> Tensor:
        """Return which entries code each patch, 0 or 1  # (batch, positions, entries)."""
        cosines = self.dictionary.cosines(images)
        least = cosines.amax(dim=2, keepdim=True).clamp_max(self.threshold)
        return (cosines >= least).float()

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return each patch's place on the manifold  # (batch, dims, rows, columns)."""
        codes = self.codes(images)
        with full_precision(codes):
            places = (codes - self.centre) @ self.projection
        return {"places": self.dictionary.as_map(F.normalize(places, dim=2))}

    def pool(self, features: Tensor) -> Tensor:
        """Return the mean place in each cell, unit length  # (batch, dims x grid x grid)."""
        return F.normalize(F.adaptive_avg_pool2d(features, self.grid).flatten(1), dim=1)

    @torch.no_grad()
    def fit(self, images: TrainingImages) -> None:
        """Learn dictionary and projection from patches of the training images."""
        sample = self.dictionary.fit(images).to(self.centre.device)
        mean, second, differences = self._moments(sample)
        covariance = second - torch.outer(mean, mean)
        # Images without any detail have one code, which varies nowhere.
        ridge = (RIDGE * covariance.diagonal().mean()).clamp_min(SMALLEST_RIDGE)
        # Whiten the codes, then take the directions along which neighbours differ least.
        values, vectors = torch.linalg.eigh(covariance.double().cpu())
        whitening = vectors * (values.clamp_min(0.0) + float(ridge)).rsqrt()
        _, slow = torch.linalg.eigh(whitening.T @ differences.double().cpu() @ whitening)
        self.centre.copy_(mean)
        self.projection.copy_((whitening @ slow[:, : self.projection.shape[1]]).float())

    def _moments(self, sample: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        entries = len(self.centre)
        mean = self.centre.new_zeros(entries)
        second, differences = (self.centre.new_zeros(entries, entries) for _ in range(2))
        patches = pairs = 0
        for chunk in sample.split(CHUNK):
            grid = self.dictionary.as_map(self.codes(chunk)).movedim(1, 3)  # (b, y, x, entries)
            flat = grid.flatten(0, 2)
            mean += flat.sum(dim=0)
            second += flat.T @ flat
            patches += len(flat)
            for step in (grid[:, 1:] - grid[:, :-1], grid[:, :, 1:] - grid[:, :, :-1]):
                change = step.flatten(0, 2)
                differences += change.T @ change
                pairs += len(change)
        return mean / patches, second / patches, differences / max(1, pairs)


def build(spec: SparseManifoldSpec, context: BuildContext) -> SparseManifold:
    """Return the encoder, unfitted, for the run's images."""
    return SparseManifold(spec, context)


ENTRY = Entry(
    title="Sparse manifold",
    spec=SparseManifoldSpec,
    build=build,
    summary="Patches that follow each other in images lie close together: in closed form.",
    citation="Chen et al. 2022, arXiv:2209.15261",
)
