"""Gaussian blur (Chen et al. 2020, arXiv:2002.05709, appendix A: a kernel of 10 % of the view).

The deviation is uniform between .1 and 2 px by default, as there; torchvision's GaussianBlur with
a deviation for each image.

Departures: the kernel has three taps at least, so that views of 20 px are blurred at all.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.blur import gaussian_blur
from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.operation import Operation, between
from sslstudio.engine.parts import BuildContext


class GaussianBlurSpec(AugmentationSpec):
    """Blurs the image with a random width."""

    kind: Literal["gaussian-blur"] = "gaussian-blur"
    sigma: Annotated[
        tuple[float, float],
        Span(0.05, 10.0, log=True),
        Ui("Sigma", "Smallest and largest standard deviation of the blur.", unit="px"),
    ] = (0.1, 2.0)
    kernel: Annotated[
        float,
        Range(0.02, 0.5),
        Ui(
            "Kernel",
            "Length of the kernel as a share of the view's side; odd and at least 3 px.",
            unit="share",
            advanced=True,
        ),
    ] = 0.1
    probability: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Probability", "Share of the views that are blurred.", unit="share"),
    ] = 0.5


class GaussianBlur(Operation):
    """Blurs the chosen images, each with its own deviation."""

    numbers = 2

    def __init__(self, spec: GaussianBlurSpec) -> None:
        self.spec = spec

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return images of which some are blurred; overwrites `images`."""
        sigma = between(numbers[:, 1], *self.spec.sigma)
        taps = max(3, int(self.spec.kernel * min(images.shape[-2:])) // 2 * 2 + 1)

        def change(part: Tensor, rows: Rows) -> Tensor:
            return gaussian_blur(part, sigma[rows], taps)

        return change_chosen(images, numbers[:, 0] < self.spec.probability, change)


def build(spec: GaussianBlurSpec, _context: BuildContext) -> GaussianBlur:
    """Return the operation."""
    return GaussianBlur(spec)


ENTRY = Entry(
    title="Gaussian blur",
    spec=GaussianBlurSpec,
    build=build,
    summary="Takes fine texture away; on 32 px images it is usually left out.",
    citation="Chen et al. 2020, arXiv:2002.05709",
    group="Detail",
)
