"""An encoder whose positions see a small part of the image each.

The encoder of AMDIM (Bachman, Hjelm & Buchwalter 2019, arXiv:1906.00910, section 3.6 and figure
1c): a 3x3 convolution, halvings by 4x4 and at last 2x2 convolutions of stride 2, then 3x3 ones
without stride, each followed by 1x1 convolutions only, and never a border of zeros, so that no
position learns where it is or what the others see. At 32, 64 and 128 px the map after the halvings
has 7x7 positions (stage f7), the next one 5x5 (f5), and one last convolution of what remains
leaves a single position (f1), the representation. A block is an average over the same window,
padded with empty channels, plus convolution, norm, ReLU and 1x1 convolution.

Departures: any size from 8 px has as many halvings as leave 5 positions a side, so that f7 has 5
to 11 of them, f5 two less, and f1's convolution spans the rest; larger images than it was built
for leave several positions in f1, of which the mean is taken; batch norm stands in every block and
replaces the paper's scaled starting weights; at 128 px and above the first halving is a stage like
the others, in the authors' code a 5x5 convolution with mirrored borders; that code's 1x1 block
after the first convolution, at 32 px alone, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder

FEWEST_POSITIONS: Final = 5
WIDEST: Final = 8
LOCAL: Final = ("f7", "f5")
GLOBAL: Final = "f1"


class LimitedFieldSpec(EncoderSpec):
    """Each position of its maps sees a small part of the image, and no border."""

    kind: Literal["receptive-field-limited"] = "receptive-field-limited"
    limits_field: ClassVar[bool] = True
    width: Annotated[
        int,
        Range(8, 512, log=True),
        Ui("Width", "Channels before the first halving; each halving doubles.", unit="channels"),
    ] = 64
    dim: Annotated[
        int,
        Range(16, 4096, log=True),
        Ui("Dimensions", "Width of the representation.", unit="units"),
    ] = 512
    depth: Annotated[
        int, Range(1, 10), Ui("Depth", "Blocks in each stage; all but one are 1x1.", unit="blocks")
    ] = 3


class _Block(nn.Module):
    """A convolution without borders, a 1x1 one, and an average of the input beside them."""

    def __init__(self, before: int, after: int, window: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.window, self.stride = window, stride
        self.work = nn.Sequential(
            nn.Conv2d(before, after, window, stride=stride, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, 1, bias=False),
        )
        self.empty = after - before
        # The paper's encoders never narrow; a small representation can.
        self.narrow = nn.Conv2d(before, after, 1) if self.empty < 0 else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        kept = self.narrow(features)
        if self.window > 1:
            kept = F.avg_pool2d(kept, self.window, self.stride)
        if self.empty > 0:
            kept = F.pad(kept, (0, 0, 0, 0, 0, self.empty))
        changed: Tensor = self.work(features) + kept
        return changed


class LimitedField(Encoder):
    """Stages without borders: halvings, two local maps, and a map of one position."""

    local_stages = LOCAL

    def __init__(self, spec: LimitedFieldSpec, channels: int, size: int) -> None:
        super().__init__()
        halvings, side = _halvings(size)
        self.least = size
        self.stem = nn.Sequential(nn.Conv2d(channels, spec.width, 3), nn.ReLU(inplace=True))
        self.blocks = nn.ModuleDict()
        self.stage_dims: dict[str, int] = {}
        before = spec.width
        for number, window in enumerate(_windows(halvings), start=1):
            after = spec.width * min(2**number, WIDEST)
            layers = list(_stage(before, after, window, 2 if halvings else 1, spec.depth))
            name = f"stage{number}"
            if number == max(halvings, 1):
                name, layers = LOCAL[0], [*layers, nn.BatchNorm2d(after)]
            self._add(name, layers, after)
            before = after
        self._add(LOCAL[1], list(_stage(before, before, 3, 1, spec.depth)), before)
        rest = side - 2
        last = list(_stage(before, before, 3, 1, spec.depth)) if rest >= FEWEST_POSITIONS else []
        rest -= 2 * bool(last)
        last += [_Block(before, spec.dim, rest), nn.BatchNorm2d(spec.dim)]
        self._add(GLOBAL, last, spec.dim)
        self.dim = spec.dim

    def _add(self, name: str, layers: list[nn.Module], width: int) -> None:
        self.blocks[name] = nn.Sequential(*layers)
        self.stage_dims[name] = width

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return each stage's feature map by name  # (batch, channels, height, width)."""
        if min(images.shape[-2:]) < self.least:
            raise RecipeError(
                f"This encoder was made for images of {self.least} px and meets some of "
                f"{min(images.shape[-2:])} px, which leave no position in its last map.",
                "Choose the convnet or a ResNet, which take any size.",
            )
        features = self.stem(images)
        maps: dict[str, Tensor] = {}
        for name, block in self.blocks.items():
            features = maps[name] = block(features)
        return maps

    def pool(self, features: Tensor) -> Tensor:
        """Return the mean over positions, of which there is one at the size it was built for."""
        return features.mean(dim=(2, 3))


def _windows(halvings: int) -> tuple[int, ...]:
    """Return the windows of the stages up to the first local map."""
    return (*[4] * (halvings - 1), 2) if halvings else (1,)


def _halvings(size: int) -> tuple[int, int]:
    """Return how often a view is halved, and the side of the map that is left."""
    found = 0, size - 2
    for count in range(1, size.bit_length()):
        side = size - 2
        for window in _windows(count):
            side = (side - window) // 2 + 1
        if side >= FEWEST_POSITIONS:
            found = count, side
    return found


def _stage(before: int, after: int, window: int, stride: int, depth: int) -> Iterator[nn.Module]:
    yield _Block(before, after, window, stride)
    for _ in range(depth - 1):
        yield _Block(after, after)


def build(spec: LimitedFieldSpec, context: BuildContext) -> LimitedField:
    """Return the network for the smallest images that it will meet: the run's or a view's."""
    sides = context.view_sizes or (context.view_size,)
    return LimitedField(spec, context.channels, min(context.size, *sides))


ENTRY = Entry(
    title="Limited receptive field",
    spec=LimitedFieldSpec,
    build=build,
    summary="Positions that see a small part of the image each, for tasks between near and far.",
    citation="Bachman et al. 2019, arXiv:1906.00910",
)
