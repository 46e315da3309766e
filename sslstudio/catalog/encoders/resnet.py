"""ResNet-18/34/50 (He et al. 2016, arXiv:1512.03385) with a stem that fits small images.

Departure: below 64 px the 7x7 stride-2 stem and its max-pooling give way to one 3x3 stride-1
convolution, as SimCLR does on CIFAR-10 (Chen et al. 2020, arXiv:2002.05709, appendix B.9).
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn
from torchvision.models import ResNet, resnet18, resnet34, resnet50

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder

SMALL_IMAGE = 64
DEPTHS = {"18": resnet18, "34": resnet34, "50": resnet50}


class ResnetSpec(EncoderSpec):
    """Residual network, the field's usual encoder."""

    kind: Literal["resnet"] = "resnet"
    depth: Annotated[
        Literal["18", "34", "50"], Ui("Depth", "Number of layers; 50 uses bottleneck blocks.")
    ] = "18"
    stem: Annotated[
        Literal["auto", "small", "large"],
        Ui("Stem", "Small keeps the resolution (3x3, no pooling); auto chooses below 64 px."),
    ] = "auto"


class ResnetEncoder(Encoder):
    """The four stages of a ResNet with a mean over the last map."""

    def __init__(self, network: ResNet, channels: int, *, small_stem: bool) -> None:
        super().__init__()
        width = network.conv1.out_channels
        if small_stem:
            self.stem = nn.Sequential(
                nn.Conv2d(channels, width, 3, padding=1, bias=False), network.bn1, network.relu
            )
        else:
            self.stem = nn.Sequential(
                nn.Conv2d(channels, width, 7, stride=2, padding=3, bias=False),
                network.bn1,
                network.relu,
                network.maxpool,
            )
        self.blocks = nn.ModuleDict(
            {f"stage{level}": getattr(network, f"layer{level}") for level in range(1, 5)}
        )
        expansion = network.fc.in_features // 512
        self.stage_dims = {
            f"stage{level}": 64 * 2 ** (level - 1) * expansion for level in range(1, 5)
        }
        self.dim = network.fc.in_features

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


def build(spec: ResnetSpec, context: BuildContext) -> ResnetEncoder:
    """Return an untrained network with the stem that fits the run's views."""
    small = spec.stem == "small" or (spec.stem == "auto" and context.view_size < SMALL_IMAGE)
    network = DEPTHS[spec.depth](weights=None)
    return ResnetEncoder(network, context.channels, small_stem=small)


ENTRY = Entry(
    title="ResNet",
    spec=ResnetSpec,
    build=build,
    summary="The field's usual encoder; on a CPU choose it for small sets only.",
    citation="He et al. 2016, arXiv:1512.03385",
)
