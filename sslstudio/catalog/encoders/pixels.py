"""The pixels themselves, as one vector: what every representation has to beat.

Neighbours by pixels are an old baseline (LeCun et al. 1998, doi:10.1109/5.726791, section III).

Departures: none; larger images are averaged down to the chosen side.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder
from sslstudio.engine.pixel_statistics import at_side


class PixelsSpec(EncoderSpec):
    """No representation at all."""

    kind: Literal["pixels"] = "pixels"
    trainable: ClassVar[bool] = False
    side: Annotated[
        int,
        Range(8, 64),
        Ui("Largest side", "Larger images are averaged down to this.", unit="px"),
    ] = 32


class Pixels(Encoder):
    """Flattens normalised images."""

    def __init__(self, spec: PixelsSpec, context: BuildContext) -> None:
        super().__init__()
        self.side = min(spec.side, context.size)
        self.stage_dims = {"pixels": context.channels}
        self.dim = context.channels * self.side**2

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the images at the encoder's own size  # (batch, channels, side, side)."""
        return {"pixels": at_side(images.float(), self.side)}

    def pool(self, features: Tensor) -> Tensor:
        """Return every pixel's value  # (batch, channels x side x side)."""
        return features.flatten(1)


def build(spec: PixelsSpec, context: BuildContext) -> Pixels:
    """Return the encoder for the run's images."""
    return Pixels(spec, context)


ENTRY = Entry(
    title="Pixels",
    spec=PixelsSpec,
    build=build,
    summary="The normalised pixels as they are: the first baseline of every comparison.",
)
