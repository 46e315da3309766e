"""Products of principal components: the explicit features of a second-degree polynomial.

With p the leading principal components, each divided by its standard deviation, h holds all p_i
and all p_i p_j with i <= j: the monomials of the polynomial kernel (Schoelkopf & Smola 2002,
section 2.1) over whitened components, because products of all pixels would be millions. Degree 1
is whitened PCA.

Departures: instead of the kernel's own weights every feature is centred and scaled to unit variance
over the training images, so that no few of them drown the others.
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


class PolynomialSpec(EncoderSpec):
    """Which directions of the pixels occur together."""

    kind: Literal["polynomial"] = "polynomial"
    trainable: ClassVar[bool] = False
    components: Annotated[
        int,
        Range(2, 128),
        Ui("Components", "Principal components whose products are taken."),
    ] = 32
    degree: Annotated[
        Literal[1, 2], Ui("Degree", "2 adds all products of two components; 1 is whitened PCA.")
    ] = 2
    side: LargestSide = 32


class Polynomial(Encoder):
    """Whitened components and their products."""

    mean: Tensor
    directions: Tensor
    centre: Tensor
    scale: Tensor
    first: Tensor
    second: Tensor

    def __init__(self, spec: PolynomialSpec, context: BuildContext) -> None:
        super().__init__()
        self.side = min(spec.side, context.size)
        pixels = context.channels * self.side**2
        components = max(1, min(spec.components, pixels, context.train_images - 1))
        pairs = torch.triu_indices(components, components) if spec.degree > 1 else torch.empty(2, 0)
        self.dim = components + pairs.shape[1]
        self.stage_dims = {"products": self.dim}
        self.register_buffer("mean", torch.zeros(pixels))
        self.register_buffer("directions", torch.eye(pixels, components))
        self.register_buffer("first", pairs[0].long())
        self.register_buffer("second", pairs[1].long())
        self.register_buffer("centre", torch.zeros(self.dim))
        self.register_buffer("scale", torch.ones(self.dim))

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the products as a map of one position  # (batch, dim, 1, 1)."""
        pixels = at_side(images.float(), self.side).flatten(1)
        with full_precision(pixels):
            products = (self._products(pixels) - self.centre) * self.scale
        return {"products": products[:, :, None, None]}

    def pool(self, features: Tensor) -> Tensor:
        """Return components and products  # (batch, dim)."""
        return features.flatten(1)

    @torch.no_grad()
    def fit(self, images: TrainingImages) -> None:
        """Compute components, and each product's mean and deviation, from the training images."""
        pixels = sample_of(images, self.side, SAMPLE).flatten(1)
        found = principal(pixels.clone(), self.directions.shape[1])
        deviations = found.variances.sqrt().float()
        floor = 1e-4 * float(deviations[0]) + 1e-12
        self.mean.copy_(found.mean)
        self.directions.copy_(found.directions / deviations.clamp_min(floor))
        products = self._products(pixels.to(self.mean.device))
        self.centre.copy_(products.mean(dim=0))
        self.scale.copy_(1.0 / products.std(dim=0).clamp_min(1e-6))

    def _products(self, pixels: Tensor) -> Tensor:
        components = (pixels - self.mean) @ self.directions
        pairs = components[:, self.first] * components[:, self.second]
        return torch.cat([components, pairs], dim=1)


def build(spec: PolynomialSpec, context: BuildContext) -> Polynomial:
    """Return the encoder, unfitted, for the run's images."""
    return Polynomial(spec, context)


ENTRY = Entry(
    title="Polynomial",
    spec=PolynomialSpec,
    build=build,
    summary="Products of principal components: which directions of the pixels occur together.",
    citation="Schoelkopf & Smola 2002, ISBN 978-0262194754",
)
