"""Jigsaw puzzles (Noroozi & Favaro 2016, arXiv:1603.09246, section 3).

Each view is cut into n x n tiles that are put into an order drawn from a fixed set of P
permutations. All tiles pass one encoder; from their representations side by side a head names the
permutation: loss = -log p(S | h(tile at place 1), ..., h(tile at place n^2)). The
paper's shortcuts are closed as there: tiles are apart by a gap and a random shift, so that edges do
not continue, and each channel of each tile has mean 0 and deviation 1, so that brightness, colour
cast and contrast tell nothing. Greyscale views (against chromatic aberration) are left to the
pipeline.

Departures: 2 x 2 tiles for small images, with all 24 permutations; the number of 3 x 3
permutations falls with the root of the number of images (1000 at ImageNet's); the encoder is any
encoder with its pooled h, the head has one hidden layer with batch norm; the set of permutations
is found without chance (`engine.permutations`); every view has a puzzle of its own; tiles are
normed by their own batch and whole images move the averages, which the encoder is used with.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Final, Literal

import torch
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.answers import HeadWidth, chance, graded, prices_by_image
from sslstudio.engine.aside import remember_whole, unremembered
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.heads import multilayer
from sslstudio.engine.imaging.tile_fields import TileJitter, TilesAlong
from sslstudio.engine.imaging.tiles import TileGrid, standardised
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages
from sslstudio.engine.permutations import permutation_set
from sslstudio.engine.scaling import scaled_by_root

PAPER_PERMUTATIONS: Final = 1000
FEWEST: Final = 24
SHOWN: Final = 8
BACK: Final = "Put back by the answer"
CONTRAST: Final = 0.25
"""A standardised tile is shown with this deviation around middle grey."""


class JigsawSpec(ObjectiveSpec):
    """Tell in which order the tiles of an image were put."""

    kind: Literal["jigsaw"] = "jigsaw"
    chain: ClassVar[tuple[str, ...]] = ("head",)
    grid: TilesAlong = 2
    permutations: Annotated[
        int | None,
        Range(2, PAPER_PERMUTATIONS, log=True),
        Ui(
            "Permutations",
            "Orders to tell apart; empty takes all 24 of 2 x 2 tiles, and of 3 x 3 tiles 1000 at "
            "ImageNet's size, falling with the root of the number of images.",
        ),
    ] = None
    gap: Annotated[
        float,
        Range(0.0, 0.4),
        Ui("Gap", "Least distance of neighbouring tiles.", unit="share of a cell"),
    ] = 0.0625
    jitter: TileJitter = 0.125
    hidden: HeadWidth = 512

    def piece_size(self, view_size: int) -> int:
        """Return the side of a tile in pixels."""
        return TileGrid.over(view_size, self.grid, gap=self.gap, jitter=self.jitter).side


class Jigsaw(Objective):
    """Encoder over tiles and a head over all tiles of an image."""

    orders: Tensor

    def __init__(self, spec: JigsawSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.scale = PixelScale(context)
        count = _permutation_count(spec, context.train_images)
        self.register_buffer("orders", permutation_set(spec.grid**2, count))
        sizes = [spec.grid**2 * self.encoder.dim, spec.hidden, count]
        self.head = multilayer(sizes, hidden_norm=True, output_norm=False)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the cross-entropy over permutations and the share of puzzles solved."""
        del player
        remember_whole(self.encoder, self.scale.normalised(batch.images))
        return graded(*self._answers(batch))

    def image_losses(self, batch: Batch, /) -> Tensor:
        """Return each image's cross-entropy, averaged over its views  # (batch,)."""
        return prices_by_image(*self._answers(batch), len(batch.indices))

    def _answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return answers and permutations, view by view  # (views * batch, count), same rows."""
        answers, wanted = [], []
        for view in batch.views:
            drawn = torch.randint(len(self.orders), (len(view),), device=view.device)
            moved = torch.rand(len(view), self.spec.grid**2, 2, device=view.device)
            answers.append(self._solved(self._shuffled(self._tiles(view, moved), drawn)))
            wanted.append(drawn)
        return torch.cat(answers), torch.cat(wanted)

    def _tiles(self, view: Tensor, moved: Tensor) -> Tensor:
        return self._grid(view).cut(view, moved)  # (batch, tiles, channels, side, side)

    def _grid(self, view: Tensor) -> TileGrid:
        spec = self.spec
        return TileGrid.over(view.shape[-1], spec.grid, gap=spec.gap, jitter=spec.jitter)

    def _shuffled(self, tiles: Tensor, drawn: Tensor) -> Tensor:
        """Return tiles so that place j shows tile S(j) of the drawn permutation S."""
        images = torch.arange(len(tiles), device=tiles.device)[:, None]
        return tiles[images, self.orders[drawn]]

    def _solved(self, shuffled: Tensor) -> Tensor:
        """Return a logit for each permutation  # (batch, count)."""
        with unremembered(self.encoder):
            h = self.encoder(standardised(shuffled).flatten(0, 1))
        logits: Tensor = self.head(h.view(len(shuffled), -1))
        return logits

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing gives."""
        return chance(len(self.orders), "All permutations look equally likely.")

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show tiles as pictures."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the standardised tiles in the order that the head sees."""
        view, tiles, _ = self._example(batch)
        shown = standardised(tiles) * CONTRAST + 0.5
        return {"Tiles": self._grid(view).laid_out(shown.clamp(0.0, 1.0))}

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return shuffled tiles, and the tiles put back by the model's answer."""
        view, tiles, _ = self._example(batch)
        grid, shown = self._grid(view), self.scale.pixels(tiles)
        answer = self.orders[self._solved(tiles).argmax(dim=1)]
        images = torch.arange(len(tiles), device=tiles.device)[:, None]
        return {
            "Shuffled": grid.laid_out(shown),
            BACK: grid.laid_out(shown[images, answer.argsort(dim=1)]),
        }

    def hits(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return which permutations are named correctly  # (pictures,)."""
        _, tiles, drawn = self._example(batch)
        return {BACK: self._solved(tiles).argmax(dim=1) == drawn}

    def _example(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return views, their shuffled tiles, and the permutations, which are always the same."""
        view = batch.views[0][:SHOWN]
        fixed = torch.Generator().manual_seed(0)
        drawn = torch.randint(len(self.orders), (len(view),), generator=fixed)
        moved = torch.rand(len(view), self.spec.grid**2, 2, generator=fixed)
        tiles = self._tiles(view, moved.to(view.device))
        drawn = drawn.to(view.device)
        return view, self._shuffled(tiles, drawn), drawn


def _permutation_count(spec: JigsawSpec, images: int) -> int:
    possible = math.factorial(spec.grid**2)
    if spec.permutations is None:
        wanted = round(scaled_by_root(PAPER_PERMUTATIONS, images))
        return min(possible, PAPER_PERMUTATIONS, max(FEWEST, wanted))
    if spec.permutations > possible:
        raise RecipeError(
            f"objective.permutations: {spec.grid} x {spec.grid} tiles have only {possible} "
            f"orders, not {spec.permutations}.",
            "Choose fewer permutations or a larger grid, or leave the field empty.",
        )
    return spec.permutations


def build(spec: JigsawSpec, context: BuildContext) -> Jigsaw:
    """Return the objective with its permutations for the run's images."""
    return Jigsaw(spec, context)


ENTRY = Entry(
    title="Jigsaw puzzle",
    spec=JigsawSpec,
    build=build,
    summary="Name the order in which the tiles of an image were put.",
    citation="Noroozi & Favaro 2016, arXiv:1603.09246",
)
