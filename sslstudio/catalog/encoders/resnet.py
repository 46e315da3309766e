"""Residual networks (He et al. 2016, arXiv:1512.03385) with a stem that fits small images.

Depths 18 to 152 are the paper's table 1, 200 is He et al. 2016b (arXiv:1603.05027) as BYOL uses
it, 161 is CPC v2's (Henaff et al. 2020, arXiv:1905.09272, section 4): three stacks, the last of
46 blocks with 4096 channels around bottlenecks of 512. `width` multiplies every layer's channels
(SimCLR's and BYOL's x2 and x4), `half` halves them (CMC's streams, Tian et al. 2020,
arXiv:1906.05849, section 4.1).

Departures: below 64 px the 7x7 stride-2 stem and its max-pooling give way to one 3x3 stride-1
convolution, as SimCLR does on CIFAR-10 (Chen et al. 2020, arXiv:2002.05709, appendix B.9); the
stride of a bottleneck stands in its 3x3 convolution, as in torchvision, whose blocks these are;
layer norm (CPC v2, where batch norm would tell patches of one image apart) is over all channels
and positions of one image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder

SMALL_IMAGE: Final = 64
Norm = Callable[[int], nn.Module]
Block = type[BasicBlock] | type[Bottleneck]


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks at one resolution; the output has `planes` times the block's expansion channels."""

    blocks: int
    planes: int
    base_width: int = 64
    """A bottleneck is planes x base_width / 64 wide."""


def _stacks(*blocks: int) -> tuple[Stack, ...]:
    return tuple(Stack(count, 64 * 2**level) for level, count in enumerate(blocks))


DEPTHS: Final = {
    "18": (BasicBlock, _stacks(2, 2, 2, 2)),
    "34": (BasicBlock, _stacks(3, 4, 6, 3)),
    "50": (Bottleneck, _stacks(3, 4, 6, 3)),
    "101": (Bottleneck, _stacks(3, 4, 23, 3)),
    "152": (Bottleneck, _stacks(3, 8, 36, 3)),
    "161": (Bottleneck, (*_stacks(3, 4), Stack(46, 1024, base_width=32))),
    "200": (Bottleneck, _stacks(3, 24, 36, 3)),
}


class ResnetSpec(EncoderSpec):
    """Residual network, the field's usual encoder."""

    kind: Literal["resnet"] = "resnet"
    depth: Annotated[
        Literal["18", "34", "50", "101", "152", "161", "200"],
        Ui("Depth", "Number of layers; 50 and more use bottleneck blocks."),
    ] = "18"
    width: Annotated[
        Literal[1, 2, 4], Ui("Width", "Multiplies the channels of every layer; costs its square.")
    ] = 1
    half: Annotated[
        bool,
        Ui(
            "Half width",
            "Halves the channels of every layer, as for one of two streams.",
            advanced=True,
        ),
    ] = False
    stem: Annotated[
        Literal["auto", "small", "large"],
        Ui("Stem", "Small keeps the resolution (3x3, no pooling); auto chooses below 64 px."),
    ] = "auto"
    norm: Annotated[
        Literal["batch", "layer"],
        Ui(
            "Norm",
            "Layer norm looks at one image at a time, so that no image leaks into another (CPC).",
            advanced=True,
        ),
    ] = "batch"


class ResnetEncoder(Encoder):
    """The stages of a ResNet with a mean over the last map."""

    def __init__(self, spec: ResnetSpec, channels: int, *, small_stem: bool) -> None:
        super().__init__()
        block, stacks = DEPTHS[spec.depth]
        norm = _layer_norm if spec.norm == "layer" else nn.BatchNorm2d
        before = 64 * spec.width // (2 if spec.half else 1)
        share = before / 64
        self.stem = _stem(channels, before, norm, small=small_stem)
        self.blocks = nn.ModuleDict()
        self.stage_dims: dict[str, int] = {}
        for level, stack in enumerate(stacks, start=1):
            wide = Stack(stack.blocks, int(stack.planes * share), stack.base_width)
            self.blocks[f"stage{level}"] = _stage(block, before, wide, norm, halves=level > 1)
            before = wide.planes * block.expansion
            self.stage_dims[f"stage{level}"] = before
        self.dim = before
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

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


def _stem(channels: int, width: int, norm: Norm, *, small: bool) -> nn.Sequential:
    if small:
        first = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        return nn.Sequential(first, norm(width), nn.ReLU(inplace=True))
    first = nn.Conv2d(channels, width, 7, stride=2, padding=3, bias=False)
    pooling = nn.MaxPool2d(3, stride=2, padding=1)
    return nn.Sequential(first, norm(width), nn.ReLU(inplace=True), pooling)


def _stage(block: Block, before: int, stack: Stack, norm: Norm, *, halves: bool) -> nn.Sequential:
    after = stack.planes * block.expansion
    stride = 2 if halves else 1
    shortcut: nn.Module | None = None
    if halves or before != after:
        projection = nn.Conv2d(before, after, 1, stride=stride, bias=False)
        shortcut = nn.Sequential(projection, norm(after))
    planes, width = stack.planes, stack.base_width
    first = block(before, planes, stride, shortcut, base_width=width, norm_layer=norm)
    others = [
        block(after, planes, base_width=width, norm_layer=norm) for _ in range(stack.blocks - 1)
    ]
    return nn.Sequential(first, *others)


def _layer_norm(channels: int) -> nn.Module:
    return nn.GroupNorm(1, channels)


def build(spec: ResnetSpec, context: BuildContext) -> ResnetEncoder:
    """Return an untrained network with the stem that fits the run's views."""
    small = spec.stem == "small" or (spec.stem == "auto" and context.view_size < SMALL_IMAGE)
    return ResnetEncoder(spec, context.channels, small_stem=small)


ENTRY = Entry(
    title="ResNet",
    spec=ResnetSpec,
    build=build,
    summary="The field's usual encoder; on a CPU choose it for small sets only.",
    citation="He et al. 2016, arXiv:1512.03385",
)
