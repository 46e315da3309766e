"""Principal components of the pixels (Pearson 1901; Hotelling 1933), fitted without gradients.

h = V^T (x - mean), V the eigenvectors of the pixels' covariance with the largest eigenvalues;
whitened, each component is divided by its standard deviation.

Departures: images larger than `side` are averaged down first, which keeps the covariance within
side^2 x channels numbers squared; of more than 16,384 images an even sample is taken.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import BuildContext, Encoder, TrainingImages
from sslstudio.engine.pixel_statistics import LargestSide, at_side, principal, sample_of

SAMPLE: Final = 16_384
"""Images that enter the covariance; 3072 pixels take 5 s of products and 8 s of eigenvectors."""


class PcaSpec(EncoderSpec):
    """The directions in which pixels vary most."""

    kind: Literal["pca"] = "pca"
    trainable: ClassVar[bool] = False
    dims: Annotated[
        int,
        Range(1, 1024, log=True),
        Ui("Components", "Directions that are kept; fewer where the images have no more."),
    ] = 64
    whiten: Annotated[
        bool, Ui("Whiten", "Give every component the same variance, also those of little weight.")
    ] = False
    side: LargestSide = 32


class Pca(Encoder):
    """A mean image and orthogonal directions, as buffers."""

    mean: Tensor
    directions: Tensor
    deviations: Tensor
    share: Tensor

    def __init__(self, spec: PcaSpec, context: BuildContext) -> None:
        super().__init__()
        self.side = min(spec.side, context.size)
        self.whiten = spec.whiten
        pixels = context.channels * self.side**2
        self.dim = max(1, min(spec.dims, pixels, context.train_images - 1))
        self.stage_dims = {"components": self.dim}
        self.register_buffer("mean", torch.zeros(pixels))
        self.register_buffer("directions", torch.eye(pixels, self.dim))  # (pixels, dim)
        self.register_buffer("deviations", torch.ones(self.dim))
        self.register_buffer("share", torch.zeros(self.dim))

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the components as a map of one position  # (batch, dim, 1, 1)."""
        with full_precision(images):
            pixels = at_side(images.float(), self.side).flatten(1)
            components = (pixels - self.mean) @ self.directions
        if self.whiten:
            components = components / self.deviations
        return {"components": components[:, :, None, None]}

    def pool(self, features: Tensor) -> Tensor:
        """Return the components  # (batch, dim)."""
        return features.flatten(1)

    @torch.no_grad()
    def fit(self, images: TrainingImages) -> None:
        """Compute mean, directions and variances from an even sample of the training images."""
        found = principal(sample_of(images, self.side, SAMPLE).flatten(1), self.dim)
        deviations = found.variances.sqrt()
        self.mean.copy_(found.mean)
        self.directions.copy_(found.directions)
        # A direction without variance must not blow rounding errors up.
        self.deviations.copy_(deviations.clamp_min(1e-4 * float(deviations[0]) + 1e-12))
        self.share.copy_(found.variances / found.total.clamp_min(1e-12))

    def explained(self) -> Tensor:
        """Return the share of the pixels' variance that the components keep."""
        return self.share.sum()


def build(spec: PcaSpec, context: BuildContext) -> Pca:
    """Return the encoder, unfitted, for the run's images."""
    return Pca(spec, context)


ENTRY = Entry(
    title="PCA",
    spec=PcaSpec,
    build=build,
    summary="Principal components of the pixels: the baseline without a network or gradients.",
    citation="Pearson 1901; Hotelling 1933",
)
