"""Gaussian noise on every pixel (Bishop 1995, doi:10.1162/neco.1995.7.1.108; torchvision's law).

As torchvision's GaussianNoise with mean 0 and clipping.

Departures: the deviation is drawn for each image; on request all channels get the same noise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.noise import NUMBERS, normal_noise
from sslstudio.engine.imaging.operation import Operation, between, per_image
from sslstudio.engine.parts import BuildContext


class GaussianNoiseSpec(AugmentationSpec):
    """Adds noise to every pixel."""

    kind: Literal["gaussian-noise"] = "gaussian-noise"
    sigma: Annotated[
        tuple[float, float],
        Span(0.0, 1.0),
        Ui("Sigma", "Smallest and largest standard deviation; 1 is from black to white."),
    ] = (0.02, 0.1)
    grey: Annotated[
        bool,
        Ui("Grey noise", "All channels of a pixel get the same noise, so that colours stay."),
    ] = False
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that get noise.", unit="share"),
    ] = 0.5


class GaussianNoise(Operation):
    """Adds noise to the chosen images, each with its own deviation."""

    numbers = 2 + NUMBERS

    def __init__(self, spec: GaussianNoiseSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are noisy; overwrites `images`."""
        sigma = between(numbers[:, 1], *self.spec.sigma)

        def change(part: Tensor, rows: Rows) -> Tensor:
            patterns = 1 if self.spec.grey else part.shape[1]
            pixels = part.shape[2] * part.shape[3]
            noise = normal_noise(numbers[rows, 2:], patterns * pixels)
            noise = noise.view(len(part), patterns, *part.shape[2:])
            return part.add_(noise.mul_(per_image(sigma[rows]))).clamp_(0.0, 1.0)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: GaussianNoiseSpec, _context: BuildContext) -> GaussianNoise:
    """Return the operation."""
    return GaussianNoise(spec)


ENTRY = Entry(
    title="Gaussian noise",
    spec=GaussianNoiseSpec,
    build=build,
    summary="Grain that no two views share, so that it cannot be what they have in common.",
    citation="Bishop 1995, doi:10.1162/neco.1995.7.1.108",
    group="Detail",
)
