"""Relative patch position (Doersch et al. 2015, arXiv:1505.05192, section 3).

From each view two square patches are cut: one, and one of the eight around it. Both pass one
encoder, and a head on their representations side by side names the place of the second:
loss = -log p(k | h(first), h(second)), k = 1..8. The paper's shortcuts are closed as there: half
a patch lies between the two and the second is shifted at random, so that edges do not continue;
in some patches all channels but one are replaced by faint noise (a hundredth of the kept
channel's deviation), so that the lens's colour fringes do not give the place away.

Departures: the pair lies anywhere in the view that it fits, at 12 px of 32 (the paper: 96 px of
images scaled to 150,000-450,000 pixels); colours are dropped in half of the patches instead of
all, so that the encoder also meets the coloured images that it is used on; no patch is shrunk;
the encoder is any encoder with its pooled h, the head has one hidden layer with batch norm;
patches are normed by their own batch, and whole images move the averages that it is used with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.answers import HeadWidth, chance, graded, prices_by_image
from sslstudio.engine.aside import remember_whole, unremembered
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.heads import multilayer
from sslstudio.engine.imaging.tiles import cut, laid_out, require_square
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages

AROUND: Final = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
"""Steps down and to the right to each of the eight places, row by row."""
NOISE: Final = 0.01
SHOWN: Final = 8
ANSWERED: Final = "Place by the answer"
NUMBERS: Final = 6
"""Uniform numbers for a pair: shift (2), place in the view (2), which patches lose colours (2)."""


class RelativePatchSpec(ObjectiveSpec):
    """Tell where a patch lies, seen from another one."""

    kind: Literal["relative-patch"] = "relative-patch"
    chain: ClassVar[tuple[str, ...]] = ("head",)
    patch: Annotated[
        float,
        Range(0.15, 0.45),
        Ui("Patch", "Side of a patch.", unit="share of the view"),
    ] = 0.375
    gap: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Gap", "Distance of the two patches before the shift.", unit="share of a patch"),
    ] = 0.5
    jitter: Annotated[
        float,
        Range(0.0, 0.5),
        Ui(
            "Jitter",
            "How far the second patch is shifted, in each direction and along both axes.",
            unit="share of a patch",
        ),
    ] = 0.15
    drop_colours: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Drop colours",
            "Share of the patches that keep one channel only.",
            unit="share",
            live=True,
        ),
    ] = 0.5
    hidden: HeadWidth = 512

    def piece_size(self, view_size: int) -> int:
        """Return the side of a patch in pixels."""
        return PairLayout.of(self, view_size).side


@dataclass(frozen=True, slots=True)
class PairLayout:
    """Lengths in pixels: side of a patch, gap, largest shift, and the view."""

    side: int
    gap: int
    jitter: int
    size: int

    @classmethod
    def of(cls, spec: RelativePatchSpec, size: int) -> PairLayout:
        """Return the lengths for views of a size."""
        side = max(1, round(spec.patch * size))
        room = size - 2 * side
        # What the shares ask for, cut down to what fits beside two patches.
        jitter = min(round(spec.jitter * side), room // 3)
        gap = min(round(spec.gap * side), room - jitter)
        return cls(side, gap, min(jitter, gap), size)

    def places(self, around: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return top and left of both patches  # (batch,), (batch, 4) in [0, 1) -> (batch, 2)."""
        steps = torch.tensor(AROUND, device=numbers.device)[around]  # (batch, 2)
        shift = _below(numbers[:, :2], 2 * self.jitter + 1) - self.jitter
        away = steps * (self.side + self.gap) + shift
        room = self.size - self.side - away.abs()
        first = _below(numbers[:, 2:4], room + 1) + (-away).clamp_min(0)
        both = torch.stack([first, first + away], dim=1)  # (batch, 2 patches, 2 axes)
        return both[..., 0], both[..., 1]


class RelativePatch(Objective):
    """Encoder over patches and a head over pairs."""

    def __init__(self, spec: RelativePatchSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.scale = PixelScale(context)
        sizes = [2 * self.encoder.dim, spec.hidden, len(AROUND)]
        self.head = multilayer(sizes, hidden_norm=True, output_norm=False)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the cross-entropy over the eight places and the share named correctly."""
        del player
        remember_whole(self.encoder, self.scale.normalised(batch.images))
        return graded(*self._answers(batch))

    def image_losses(self, batch: Batch, /) -> Tensor:
        """Return each image's cross-entropy, averaged over its views  # (batch,)."""
        return prices_by_image(*self._answers(batch), len(batch.indices))

    def _answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return answers and places, view by view  # (views * batch, 8), same rows."""
        answers, wanted = [], []
        for view in batch.views:
            around = torch.randint(len(AROUND), (len(view),), device=view.device)
            numbers = torch.rand(len(view), NUMBERS, device=view.device)
            pairs = self._pairs(view, around, numbers)
            noise = torch.randn_like(pairs)
            answers.append(self._named(self._dropped(pairs, numbers[:, 4:], noise)))
            wanted.append(around)
        return torch.cat(answers), torch.cat(wanted)

    def _pairs(self, view: Tensor, around: Tensor, numbers: Tensor) -> Tensor:
        """Return both patches of each view  # (batch, 2, channels, side, side)."""
        require_square(view, "cut into patches")
        layout = PairLayout.of(self.spec, view.shape[-1])
        return cut(view, *layout.places(around, numbers[:, :4]), layout.side)

    def _dropped(self, pairs: Tensor, numbers: Tensor, noise: Tensor) -> Tensor:
        """Return patches of which some keep one channel, the others being faint noise.

        A number below the share drops, and which channel is kept depends on how far below.
        """
        channels, share = pairs.shape[2], self.spec.drop_colours
        if channels == 1 or share == 0.0:
            return pairs
        kept = _below(numbers / share, channels).clamp_max(channels - 1)  # (batch, 2)
        is_kept = F.one_hot(kept, channels)[..., None, None].bool()
        spread = pairs.std(dim=(-2, -1), correction=0, keepdim=True).masked_fill(~is_kept, 0.0)
        alone = torch.where(is_kept, pairs, noise * NOISE * spread.amax(dim=2, keepdim=True))
        return torch.where((numbers < share)[..., None, None, None], alone, pairs)

    def _named(self, pairs: Tensor) -> Tensor:
        """Return a logit for each of the eight places  # (batch, 8)."""
        with unremembered(self.encoder):
            h = self.encoder(pairs.flatten(0, 1))
        logits: Tensor = self.head(h.view(len(pairs), -1))
        return logits

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing gives."""
        return chance(len(AROUND), "All eight places look equally likely.")

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show patches as pictures."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the two patches of each view, some with one channel only."""
        pairs, _ = self._example(batch)
        fixed = torch.Generator().manual_seed(1)
        numbers = torch.rand(len(pairs), 2, generator=fixed).to(pairs.device)
        noise = torch.randn(pairs.shape, generator=fixed).to(pairs.device)
        shown = self.scale.pixels(self._dropped(pairs, numbers, noise))
        return {"Patch": shown[:, 0], "Its neighbour": shown[:, 1]}

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the second patch at its true place, and where the model says it lies."""
        pairs, around = self._example(batch)
        size = batch.views[0].shape[-1]
        answer = self._named(pairs).argmax(dim=1)
        shown = self.scale.pixels(pairs)
        return {
            "True place": _arranged(shown, around, size),
            ANSWERED: _arranged(shown, answer, size),
        }

    def hits(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return which places are named correctly  # (pictures,)."""
        pairs, around = self._example(batch)
        return {ANSWERED: self._named(pairs).argmax(dim=1) == around}

    def _example(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return pairs of patches with all their colours, always alike, and their places."""
        view = batch.views[0][:SHOWN]
        fixed = torch.Generator().manual_seed(0)
        around = torch.randint(len(AROUND), (len(view),), generator=fixed).to(view.device)
        numbers = torch.rand(len(view), NUMBERS, generator=fixed).to(view.device)
        return self._pairs(view, around, numbers), around

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose share of dropped colours may change while training."""
        return {"objective": self}


def _below(numbers: Tensor, count: Tensor | int) -> Tensor:
    """Return whole numbers below `count`, all equally likely for numbers in [0, 1)."""
    return (numbers * count).floor().long()


def _arranged(pairs: Tensor, around: Tensor, size: int) -> Tensor:
    """Return pictures with the first patch in the middle and the second beside it."""
    side = size // 3
    small = F.interpolate(pairs.flatten(0, 1), [side, side], mode="bilinear", antialias=True)
    first = (size - 3 * side) // 2 + side
    middle = torch.full((len(pairs), 1), first, device=pairs.device)
    steps = side * torch.tensor(AROUND, device=pairs.device)[around]
    top, left = (torch.cat([middle, middle + steps[:, axis, None]], dim=1) for axis in (0, 1))
    return laid_out(small.clamp(0.0, 1.0).unflatten(0, (-1, 2)), top, left, size)


def build(spec: RelativePatchSpec, context: BuildContext) -> RelativePatch:
    """Return the objective for the run's encoder."""
    return RelativePatch(spec, context)


ENTRY = Entry(
    title="Relative patch position",
    spec=RelativePatchSpec,
    build=build,
    summary="Name where one patch of an image lies, seen from another.",
    citation="Doersch et al. 2015, arXiv:1505.05192",
)
