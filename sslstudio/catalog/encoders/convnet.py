"""A small residual-free convolutional network that trains quickly on a few CPU cores.

Plain 3x3 convolutions with batch norm, halving the map after each stage, in the spirit of the
CIFAR speed-run networks (Jordan 2024, arXiv:2404.00498, section 3).

Departures: no frozen whitening layer in front, because user images have no common statistics; ReLU
instead of GELU, batch norm with a scale, torch's starting weights instead of near identities, and
the mean instead of the maximum over the last map; widths and stages can be chosen.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated, Literal

from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder


class ConvnetSpec(EncoderSpec):
    """Small and fast on CPUs."""

    kind: Literal["convnet"] = "convnet"
    width: Annotated[
        int,
        Range(8, 256, log=True),
        Ui("Width", "Channels of the first stage; each doubles, the last twice.", unit="channels"),
    ] = 32
    stages: Annotated[
        int, Range(2, 5), Ui("Stages", "How often the feature map is halved.", unit="stages")
    ] = 3
    convolutions: Annotated[
        int, Range(1, 3), Ui("Depth", "Convolutions in each stage.", unit="convolutions")
    ] = 2


class Convnet(Encoder):
    """Stages of convolution, batch norm and ReLU with a mean over the last map."""

    def __init__(self, spec: ConvnetSpec, channels: int) -> None:
        super().__init__()
        widths = [spec.width * 2**level for level in range(spec.stages)]
        # The last map has few pixels, so that width is cheap there, and h profits from it.
        widths[-1] *= 2
        # Half as wide: the stem and the first convolution work at full resolution, where each
        # channel costs four times what it costs one stage later.
        self.stem = _convolution(channels, spec.width // 2)
        self.blocks = nn.ModuleDict(
            OrderedDict(
                (f"stage{level + 1}", _stage(before, after, spec.convolutions))
                for level, (before, after) in enumerate(
                    zip([spec.width // 2, *widths], widths, strict=False)
                )
            )
        )
        self.stage_dims = {f"stage{level + 1}": width for level, width in enumerate(widths)}
        self.dim = widths[-1]

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return each stage's feature map by name  # (batch, channels, height, width)."""
        features = self.stem(images)
        maps: dict[str, Tensor] = {}
        for name, block in self.blocks.items():
            features = maps[name] = block(features)
        return maps

    def pool(self, features: Tensor) -> Tensor:
        """Return the mean over positions  # (batch, dim)."""
        return features.mean(dim=(2, 3))


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


def _stage(before: int, after: int, convolutions: int) -> nn.Sequential:
    # Pooling before the norm: batch norm and ReLU then touch a quarter of the numbers.
    layers: list[nn.Module] = [
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    ]
    layers.extend(_convolution(after, after) for _ in range(convolutions - 1))
    return nn.Sequential(*layers)


def build(spec: ConvnetSpec, context: BuildContext) -> Convnet:
    """Return the network for the run's channels."""
    return Convnet(spec, context.channels)


ENTRY = Entry(
    title="Convnet",
    spec=ConvnetSpec,
    build=build,
    summary="A small plain network, fast on CPUs and on small images.",
    citation="after Jordan 2024, arXiv:2404.00498",
)
