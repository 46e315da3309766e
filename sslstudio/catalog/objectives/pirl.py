"""Pretext-invariant representations (Misra & van der Maaten 2020, arXiv:1912.01991, eq. 3 to 5).

An image keeps its embedding when a pretext task changes it. The first view passes the encoder
whole and a linear head f. The others are cut into n x n tiles in a random order (or turned by
quarters); each tile passes the encoder and a linear layer, and the tiles side by side one more: g.
Both are compared with the image's entry m in a memory bank, by cosines s over a temperature t:
    h(m, v) = e^{s(m, v)/t} / (e^{s(m, v)/t} + sum over m' in D of e^{s(m', v)/t})          (eq. 3)
    NCE(m, v) = -log h(m, v) - sum over m' in D of log(1 - h(m', v))                        (eq. 4)
    loss = w NCE(m, g(changed)) + (1 - w) NCE(m, f(image))                                  (eq. 5)
with D the entries of other images. After the step m <- norm(.5 m + .5 f(image)).

Departures: up to 20,000 images D is all others, beyond 32,000 entries drawn once for the whole
batch; the bank starts with the embeddings of all un-augmented images instead of random vectors;
tiles have a quarter of a cell to move in (its appendix A.1: 64 px of 85), but the pipeline alters
the colours of the whole changed view, the paper those of each tile by itself; the running
statistics of batch norm, with which the encoder is used later, come from whole images alone;
several changed views of an image are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.aside import unremembered
from sslstudio.engine.bank_contrast import (
    FULL_SOFTMAX_IMAGES,
    BankDim,
    BankMomentum,
    BankTemperature,
    noise_anchor,
    noise_contrastive,
)
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.imaging.tile_fields import TileJitter, TilesAlong
from sslstudio.engine.imaging.tiles import TileGrid, require_square
from sslstudio.engine.memory_bank import MemoryBank
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages

PAPER_NEGATIVES: Final = 32_000
TURNS: Final = 4
NUMBERS: Final = 3
"""Uniform numbers for a tile: two move it within its cell, one decides its place in the order."""
SHOWN: Final = 8
FOUND: Final = "Image found by it"


class PirlSpec(ObjectiveSpec):
    """Find an image again by its shuffled tiles, and by itself."""

    kind: Literal["pirl"] = "pirl"
    minimum_views: ClassVar[int] = 2
    whole_views: ClassVar[int] = 1
    chain: ClassVar[tuple[str, ...]] = ("heads",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("bank", "loss"),)
    transformation: Annotated[
        Literal["jigsaw", "rotation"],
        Ui(
            "Transformation",
            "What the embedding should not care about: jigsaw shuffles tiles of the view, "
            "rotation turns it by quarters.",
        ),
    ] = "jigsaw"
    grid: TilesAlong = 3
    jitter: TileJitter = 0.25
    dim: BankDim = 128
    temperature: BankTemperature = 0.07
    momentum: BankMomentum = 0.5
    weight: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Weight",
            "Of the transformed view in the loss; 0 leaves instance discrimination.",
            unit="share",
            live=True,
        ),
    ] = 0.5
    negatives: Annotated[
        int | None,
        Range(16, 65_536, log=True),
        Ui(
            "Negatives",
            "Stored images drawn in a step; empty takes all others up to 20,000 images, then "
            "32,000.",
            unit="images",
        ),
    ] = None

    def piece_size(self, view_size: int) -> int:
        """Return the side in pixels of what the encoder receives of a transformed view."""
        return self.layout(view_size).side if self.transformation == "jigsaw" else view_size

    def layout(self, view_size: int) -> TileGrid:
        """Return where the tiles of a view lie."""
        return TileGrid.over(view_size, self.grid, gap=0.0, jitter=self.jitter)


class Heads(nn.Module):
    """The head f on a whole image, and the head g on the pieces of one, side by side."""

    def __init__(self, width: int, pieces: int, dim: int) -> None:
        super().__init__()
        self.whole = nn.Linear(width, dim)
        self.piece = nn.Linear(width, dim)
        self.joint = nn.Linear(pieces * dim, dim) if pieces > 1 else nn.Identity()

    def forward(self, h: Tensor) -> Tensor:
        """Return f(image) on the unit sphere  # (batch, width) -> (batch, dim)."""
        return F.normalize(self.whole(h).float(), dim=1)

    def joined(self, h: Tensor) -> Tensor:
        """Return g(pieces) on the unit sphere  # (batch, pieces, width) -> (batch, dim)."""
        return F.normalize(self.joint(self.piece(h).flatten(1)).float(), dim=1)


class Pirl(Objective):
    """Encoder, two heads, and the bank that both are compared with."""

    def __init__(self, spec: PirlSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.scale = PixelScale(context)
        self.pieces = spec.grid**2 if spec.transformation == "jigsaw" else 1
        self.heads = Heads(self.encoder.dim, self.pieces, spec.dim)
        images = context.train_images
        self.bank = MemoryBank(images, spec.dim)
        usual = images if images <= FULL_SOFTMAX_IMAGES else PAPER_NEGATIVES
        self.negatives = min(spec.negatives or usual, images - 1)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss, its two parts, and the mean cosines to the stored embeddings."""
        del player
        whole = self.project(self.encoder(batch.views[0]))
        changed = [
            self._joined(self._changed(view, self._numbers(view)))
            for view in batch.views[1:] or batch.views
        ]
        stored, weight = self.bank.rows(batch.indices), self.spec.weight
        with full_precision(stored):
            noise, is_own = self._noise(batch.indices)
            image = self._price(whole, stored, noise, is_own)
            prices = [self._price(z, stored, noise, is_own) for z in changed]
        self.bank.note(batch.indices, [whole])
        transformed = torch.stack(prices).mean()
        return {
            "loss": weight * transformed + (1.0 - weight) * image,
            "image loss": image.detach(),
            "transformed loss": transformed.detach(),
            "agreement": _cosine(whole, stored),
            "transformed agreement": torch.stack([_cosine(z, stored) for z in changed]).mean(),
        }

    def _numbers(self, view: Tensor) -> Tensor:
        return torch.rand(len(view), self.pieces, NUMBERS, device=view.device)

    def _changed(self, view: Tensor, numbers: Tensor) -> Tensor:
        """Return shuffled tiles, or the turned view as the only piece.

        # (batch, channels, size, size), (batch, pieces, 3) in [0, 1)
        # -> (batch, pieces, channels, side, side)
        """
        images = torch.arange(len(view), device=view.device)
        if self.spec.transformation == "rotation":
            require_square(view, "turned by quarters")
            turns = (numbers[:, 0, 0] * TURNS).long().clamp_max(TURNS - 1)
            turned = torch.stack([view.rot90(turn, dims=(2, 3)) for turn in range(TURNS)])
            return turned[turns, images].unsqueeze(1)
        tiles = self.spec.layout(view.shape[-1]).cut(view, numbers[..., :2])
        return tiles[images[:, None], numbers[..., 2].argsort(dim=1)]

    def _joined(self, pieces: Tensor) -> Tensor:
        with unremembered(self.encoder):
            h = self.encoder(pieces.flatten(0, 1))
        return self.heads.joined(h.view(len(pieces), self.pieces, -1))

    def _noise(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Return stored vectors, and which of them are an image's own  # (batch, vectors)."""
        images = len(self.bank.vectors)
        if self.negatives == images - 1:
            drawn = torch.arange(images, device=indices.device)
        else:
            drawn = torch.randint(images, (self.negatives,), device=indices.device)
        return self.bank.rows(drawn), drawn == indices[:, None]

    def _price(self, z: Tensor, stored: Tensor, noise: Tensor, is_own: Tensor) -> Tensor:
        """Return eq. 4; with S the noise's sum, h = e^s / (e^s + S) = sigmoid(s - log S)."""
        temperature = self.spec.temperature
        positive = (z * stored).sum(dim=1, keepdim=True) / temperature
        negative = (z @ noise.T / temperature).masked_fill(is_own, -torch.inf)
        return noise_contrastive(positive, negative, negative.logsumexp(dim=1, keepdim=True))

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the loss of an embedding that tells no image from another."""
        return (noise_anchor(self.negatives),)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, fill the bank with embeddings of the un-augmented images."""
        del generator
        if epoch == 0:
            self.scale.observe(images)
            self.bank.begin(nn.Sequential(self.encoder, self.heads), images)

    def after_step(self, progress: float) -> None:
        """Mix the embeddings of this step into the bank, so that the loss saw the older ones."""
        del progress
        self.bank.absorb(self.spec.momentum)

    def project(self, h: Tensor) -> Tensor:
        """Return f on the unit sphere  # (batch, dim) -> (batch, bank dim)."""
        z: Tensor = self.heads(h)
        return z

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return what the encoder receives of the views after the first."""
        pieces, view = self._example(batch)
        return {self._caption(): self._picture(pieces, view)}

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return changed images, and which of the whole ones lies nearest to each."""
        pieces, view = self._example(batch)
        found = batch.views[0][self._nearest(batch, pieces)]
        return {self._caption(): self._picture(pieces, view), FOUND: self.scale.pixels(found)}

    def hits(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return which changed images found their own whole one  # (pictures,)."""
        pieces, _ = self._example(batch)
        rows = torch.arange(len(pieces), device=pieces.device)
        return {FOUND: self._nearest(batch, pieces) == rows}

    def _nearest(self, batch: Batch, pieces: Tensor) -> Tensor:
        whole = self.project(self.encoder(batch.views[0]))
        return (self._joined(pieces) @ whole.T).argmax(dim=1)

    def _example(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return pieces that always change in the same way, and their views."""
        view = (batch.views[1:] or batch.views)[0][:SHOWN]
        fixed = torch.Generator().manual_seed(0)
        numbers = torch.rand(len(view), self.pieces, NUMBERS, generator=fixed)
        return self._changed(view, numbers.to(view.device)), view

    def _caption(self) -> str:
        return "Shuffled tiles" if self.pieces > 1 else "Turned"

    def _picture(self, pieces: Tensor, view: Tensor) -> Tensor:
        if self.pieces == 1:
            return self.scale.pixels(pieces[:, 0])
        shown = self.scale.pixels(pieces.flatten(0, 1)).unflatten(0, pieces.shape[:2])
        return self.spec.layout(view.shape[-1]).laid_out(shown)

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose temperature, momentum and weight may change in training."""
        return {"objective": self}


def _cosine(z: Tensor, stored: Tensor) -> Tensor:
    return (z.detach() * stored).sum(dim=1).mean()


def build(spec: PirlSpec, context: BuildContext) -> Pirl:
    """Return the objective with a bank for the run's training images."""
    return Pirl(spec, context)


ENTRY = Entry(
    title="Pretext-invariant representation",
    spec=PirlSpec,
    build=build,
    summary="An image is found again in a memory bank, by itself and by its shuffled tiles.",
    citation="Misra & van der Maaten 2020, arXiv:1912.01991",
)
