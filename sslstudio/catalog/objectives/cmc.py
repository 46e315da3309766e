"""Contrastive multiview coding (Tian, Krishnan & Isola 2020, arXiv:1906.05849).

An image has two views that were never drawn: its lightness L and its colours ab. Each is read by
a network of its own (the encoder `two-streams`), and the two embeddings of one image must find
each other among those of all images. With h(v, w) = exp(cos(v, w) / T) (eq. 3),
loss(V1, V2) = -log h(v1, v2) / sum over j of h(v1, v2_j) (eq. 2), and both directions are added:
loss = loss(L, ab) + loss(ab, L) (eq. 4). The other images' embeddings lie in two memory banks, one
for each view, which follow after the step, v <- norm(.5 v + .5 f) (section 3.4): lightness looks
colours up in their bank, colours look lightness up in theirs. The kept representation is the
concatenation of both networks' vectors.

Departures: up to 20,000 images the sum runs over all of them, as in instance discrimination here;
beyond, it is the paper's noise-contrastive estimate, each direction with a Z of its own from the
first batch, or a softmax over drawn images, which count for all others here; m noise images serve
the whole batch; the banks start with the embeddings of all un-augmented images instead of random
vectors; crops may be drawn several times and are averaged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.bank_contrast import (
    BankContrast,
    BankDim,
    BankEstimator,
    BankMomentum,
    BankNegatives,
    BankTemperature,
)
from sslstudio.engine.encoder_kinds import stream_encoder
from sslstudio.engine.imaging.lab import from_lab, unscaled
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.modes import estimate_norms, evaluation, full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages

DIRECTIONS: Final = ("L to ab", "ab to L")
SHOWN: Final = 8
SHOWN_LIGHT: Final = 0.65
"""Lightness at which colours are shown without their own."""


class CmcSpec(ObjectiveSpec):
    """Lightness and colours of an image find each other."""

    kind: Literal["cmc"] = "cmc"
    needs_streams: ClassVar[bool] = True
    any_channels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("heads",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (
        ("light_bank", "loss"),
        ("colour_bank", "loss"),
    )
    dim: BankDim = 128
    temperature: BankTemperature = 0.07
    momentum: BankMomentum = 0.5
    estimator: BankEstimator = "auto"
    negatives: BankNegatives = 16_384


class _Heads(nn.Module):
    """A linear layer from each stream to the unit sphere."""

    def __init__(self, widths: tuple[int, int], dim: int) -> None:
        super().__init__()
        self.widths = list(widths)
        self.light, self.colour = (nn.Linear(width, dim) for width in widths)

    def forward(self, h: Tensor) -> Tensor:
        light, colour = h.split(self.widths, dim=1)
        both = torch.stack([self.light(light), self.colour(colour)], dim=1)
        return F.normalize(both.float(), dim=2)  # (batch, 2, dim)


class ContrastiveMultiview(Objective):
    """An encoder of two streams, their heads, and a bank for each."""

    def __init__(self, spec: CmcSpec, encoder: Encoder, images: int) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = encoder
        self.heads = _Heads(stream_encoder(encoder).stream_dims, spec.dim)
        self.light_bank, self.colour_bank = (MemoryBank(images, spec.dim) for _ in DIRECTIONS)
        self.to_colour, self.to_light = (
            BankContrast(images, estimator=spec.estimator, negatives=spec.negatives)
            for _ in DIRECTIONS
        )

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss, its two directions, and the mean cosine to the entries looked up."""
        del player
        pairs = [self.heads(self.encoder(view)).unbind(dim=1) for view in batch.views]
        lights, colours = zip(*pairs, strict=True)
        with full_precision(batch.indices):
            to_colour = self._found(lights, self.colour_bank, self.to_colour, batch.indices)
            to_light = self._found(colours, self.light_bank, self.to_light, batch.indices)
        self.light_bank.note(batch.indices, lights)
        self.colour_bank.note(batch.indices, colours)
        return {
            "loss": to_colour[0] + to_light[0],
            DIRECTIONS[0]: to_colour[0].detach(),
            DIRECTIONS[1]: to_light[0].detach(),
            "agreement": (to_colour[1] + to_light[1]) / 2.0,
        }

    def _found(
        self, asking: tuple[Tensor, ...], bank: MemoryBank, contrast: BankContrast, rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return loss and mean cosine of embeddings that look their images up in a bank."""
        losses = [contrast.loss(z, bank, rows, self.spec.temperature) for z in asking]
        stored = bank.rows(rows)
        cosines = [(z.detach() * stored).sum(dim=1).mean() for z in asking]
        return torch.stack(losses).mean(), torch.stack(cosines).mean()

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the price of embeddings that tell no image from another."""
        first, second = self.to_colour.anchor(DIRECTIONS[0]), self.to_light.anchor(DIRECTIONS[1])
        both = Anchor(
            term="loss",
            label=f"2 ({first.label})",
            value=first.value + second.value,
            meaning=first.meaning,
            kind=first.kind,
        )
        return both, first, second

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, fill both banks with embeddings of the un-augmented images."""
        del generator
        if epoch > 0:
            return
        network = nn.Sequential(self.encoder, self.heads)
        estimate_norms(network, images)
        with evaluation(network):
            for indices, pictures in images.batches():
                light, colour = network(images.normalised(pictures)).unbind(dim=1)
                self.light_bank.update(indices, light)
                self.colour_bank.update(indices, colour)

    def after_step(self, progress: float) -> None:
        """Mix the embeddings of this step into the banks, so that the loss saw the older ones."""
        del progress
        for bank in (self.light_bank, self.colour_bank):
            bank.absorb(self.spec.momentum)

    def project(self, h: Tensor) -> Tensor:
        """Return both embeddings side by side as one unit vector  # -> (batch, 2 x dim)."""
        both: Tensor = self.heads(h).flatten(1) / math.sqrt(2.0)
        return both

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the lightness that one network reads and the colours that the other reads."""
        light, chroma = stream_encoder(self.encoder).parts_of(batch.views[0][:SHOWN])
        even = torch.full_like(light, SHOWN_LIGHT)
        return {
            "Lightness": light.expand(-1, 3, -1, -1),
            "Colours": from_lab(unscaled(even, chroma)),
        }

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature and momentum may change while training."""
        return {"objective": self}


def build(spec: CmcSpec, context: BuildContext) -> ContrastiveMultiview:
    """Return the objective with two banks; RecipeError unless the encoder has two streams."""
    return ContrastiveMultiview(spec, context.require_encoder(), context.train_images)


ENTRY = Entry(
    title="Contrastive multiview coding",
    spec=CmcSpec,
    build=build,
    summary="Lightness and colours of an image find each other among all images.",
    citation="Tian et al. 2020, arXiv:1906.05849",
)
