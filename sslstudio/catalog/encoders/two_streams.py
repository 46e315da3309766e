"""Two networks side by side, one on the lightness of an image and one on its colours.

Tian, Krishnan & Isola 2020 (arXiv:1906.05849), section 4.1: an RGB image is brought to CIE Lab,
one network reads L, the other a and b, each half as wide as a network for the whole image, and
what is kept is the concatenation of both vectors, as of the maps of each stage.

Departures: any encoder of the catalogue serves as a stream, in the width that its own settings
give it (`half` of a ResNet, and 16 of the convnet's 32, are the paper's half); L, a and b are
brought to [-1, 1] by their whole range instead of the data set's own. The conversion is part of
the network, which therefore reads RGB wherever it is used: it takes the run's normalisation back
first, and keeps what it needs for that among its weights.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.imaging.lab import CHROMA_RANGE, to_lab
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import BuildContext, Encoder, TrainingImages

RGB = 3


class TwoStreamsSpec(EncoderSpec):
    """One network for lightness, one for colours."""

    kind: Literal["two-streams"] = "two-streams"
    streams: ClassVar[int] = 2
    needs_colour: ClassVar[bool] = True
    stream: Annotated[
        EncoderSpec, Ui("Stream", "The network that stands here twice; half the usual width.")
    ] = Field(default={"kind": "convnet", "width": 16}, validate_default=True)


class TwoStreams(Encoder):
    """Two encoders on the parts of an image in CIE Lab."""

    def __init__(self, light: Encoder, colour: Encoder, scale: PixelScale) -> None:
        super().__init__()
        self.scale = scale
        self.light = light
        self.colour = colour
        self.stage_dims = {
            name: width + colour.stage_dims[name] for name, width in light.stage_dims.items()
        }
        self.stream_dims = (light.dim, colour.dim)
        self.dim = sum(self.stream_dims)
        self.last_widths = [list(part.stage_dims.values())[-1] for part in (light, colour)]

    def parts_of(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return L, and a and b, of normalised RGB images, scaled to [0, 1]."""
        with full_precision(images):
            lab = to_lab(self.scale.pixels(images.float()))
            light, chroma = lab[:, :1] / 100.0, lab[:, 1:] / CHROMA_RANGE + 0.5
            return light.clamp(0.0, 1.0), chroma.clamp(0.0, 1.0)

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the maps of both networks side by side  # (batch, channels, height, width)."""
        light, colour = (part * 2.0 - 1.0 for part in self.parts_of(images))
        first, second = self.light.stages(light), self.colour.stages(colour)
        return {
            name: torch.cat([features, second[name]], dim=1) for name, features in first.items()
        }

    def pool(self, features: Tensor) -> Tensor:
        """Return the vectors of both networks side by side  # (batch, dim)."""
        light, colour = features.split(self.last_widths, dim=1)
        return torch.cat([self.light.pool(light), self.colour.pool(colour)], dim=1)

    def fit(self, images: TrainingImages) -> None:
        """Learn how the run normalises its images."""
        self.scale.observe(images)


def build(spec: TwoStreamsSpec, context: BuildContext) -> TwoStreams:
    """Return both networks; RecipeError unless images have colours and the streams can learn."""
    if context.channels != RGB:
        raise RecipeError(
            f"Two streams read the lightness and the colours of RGB images, and these have "
            f"{context.channels} channel{'s' if context.channels > 1 else ''}.",
            "Read the images in colour, without conversions, or choose another encoder.",
        )
    if not spec.stream.trainable or spec.stream.needs_colour:
        raise RecipeError(
            f"encoder.stream: {spec.stream.kind} cannot be one of two streams.",
            "Choose the convnet or a ResNet.",
        )
    light, colour = (
        replace(context, channels=channels, channel_mean=(), channel_std=()).build(spec.stream)
        for channels in (1, 2)
    )
    read = replace(context, channel_mean=context.input_mean, channel_std=context.input_std)
    return TwoStreams(light, colour, PixelScale(read))


ENTRY = Entry(
    title="Two streams",
    spec=TwoStreamsSpec,
    build=build,
    summary="One network on lightness and one on colours; needs images with colours.",
    citation="Tian et al. 2020, arXiv:1906.05849",
)
