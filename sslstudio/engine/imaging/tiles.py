"""Square pieces cut out of views, pixel by pixel, and put onto a canvas again."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError

EMPTY = 0.5
"""Grey of a canvas where no piece lies."""


def cut(views: Tensor, top: Tensor, left: Tensor, side: int) -> Tensor:
    """Return square pieces of each view, with exactly the view's pixels.

    Args:
        views: (batch, channels, height, width)
        top: first row of each piece  # (batch, pieces) integer
        left: first column of each piece  # (batch, pieces) integer
        side: pixels along a piece

    Returns:
        The pieces  # (batch, pieces, channels, side, side)
    """
    steps = torch.arange(side, device=views.device)
    rows = (top[..., None] + steps)[..., :, None]  # (batch, pieces, side, 1)
    columns = (left[..., None] + steps)[..., None, :]
    images = torch.arange(len(views), device=views.device)[:, None, None, None]
    return views.permute(0, 2, 3, 1)[images, rows, columns].permute(0, 1, 4, 2, 3)


def laid_out(pieces: Tensor, top: Tensor, left: Tensor, size: int) -> Tensor:
    """Return a grey canvas for each row of pieces, with every piece at its place.

    The reverse of `cut`  # (batch, pieces, channels, side, side) -> (batch, channels, size, size).
    """
    batch, count, channels, side, _ = pieces.shape
    steps = torch.arange(side, device=pieces.device)
    rows = (top[..., None] + steps)[..., :, None]
    columns = (left[..., None] + steps)[..., None, :]
    images = torch.arange(batch, device=pieces.device)[:, None, None, None]
    canvas = torch.full((batch, size, size, channels), EMPTY, device=pieces.device)
    canvas[images.expand(-1, count, side, side), rows, columns] = pieces.permute(0, 1, 3, 4, 2).to(
        canvas.dtype
    )
    return canvas.permute(0, 3, 1, 2)


def standardised(pieces: Tensor) -> Tensor:
    """Return pieces with mean 0 and deviation 1 in each channel of each piece.

    The brightness, colour cast and contrast of a piece then tell nothing of its neighbours.
    """
    centred = pieces - pieces.mean(dim=(-2, -1), keepdim=True)
    spread = centred.square().mean(dim=(-2, -1), keepdim=True).sqrt()
    # A piece of one colour has no deviation: it stays zero everywhere.
    return centred / spread.clamp_min(1e-3)


def require_square(views: Tensor, task: str) -> None:
    """Raise RecipeError unless the views are as high as wide."""
    height, width = views.shape[-2:]
    if height != width:
        raise RecipeError(
            f"Views of {height} x {width} px cannot be {task}.",
            "Use a pipeline that gives square views.",
        )


@dataclass(frozen=True, slots=True)
class TileGrid:
    """n x n cells over a square view, with one tile at a random place in each.

    Neighbouring tiles are `gap` pixels apart or more, and each moves by up to `jitter` pixels.
    """

    cells: int
    gap: int
    jitter: int
    side: int
    """Pixels along a tile."""
    size: int
    """Pixels along the view."""

    @classmethod
    def over(cls, size: int, cells: int, *, gap: float, jitter: float) -> TileGrid:
        """Return the grid for a view; gap and jitter are shares of a cell."""
        cell = size // cells
        gap_pixels, jitter_pixels = round(gap * cell), round(jitter * cell)
        side = cell - gap_pixels - jitter_pixels
        return cls(cells, gap_pixels, jitter_pixels, side, size)

    @property
    def count(self) -> int:
        """Number of tiles."""
        return self.cells**2

    def places(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return top and left of each tile, row by row  # (batch, tiles, 2) in [0, 1)."""
        moved = (numbers * (self.jitter + 1)).floor().long().clamp_max(self.jitter)
        cell = self.size // self.cells
        first = (self.size - self.cells * cell) // 2 + self.gap // 2
        number = torch.arange(self.count, device=numbers.device)
        top = first + cell * number.div(self.cells, rounding_mode="floor") + moved[..., 0]
        left = first + cell * (number % self.cells) + moved[..., 1]
        return top, left

    def cut(self, views: Tensor, numbers: Tensor) -> Tensor:
        """Return every view's tiles, row by row  # (batch, tiles, channels, side, side)."""
        require_square(views, "cut into tiles")
        return cut(views, *self.places(numbers), self.side)

    def laid_out(self, tiles: Tensor) -> Tensor:
        """Return tiles in the middle of their cells, row by row, on a grey canvas."""
        middle = torch.full((len(tiles), self.count, 2), 0.5, device=tiles.device)
        return laid_out(tiles, *self.places(middle), self.size)
