"""A grid of patches, and a context that sees only the rows above: for predictive coding."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.errors import RecipeError


def rows_of(length: int, side: int) -> int:
    """Return how many patches that overlap by half fit along a side of the view."""
    return max(0, (length - side) // (side // 2) + 1)


def cut_patches(images: Tensor, side: int) -> Tensor:
    """Return square patches that overlap by half  # (b, c, h, w) -> (b, rows, columns, c, s, s)."""
    stride = side // 2
    if min(images.shape[-2:]) < side + 2 * stride:
        raise RecipeError(
            f"objective.patch: patches of {side} px leave fewer than three rows in views of "
            f"{images.shape[-1]} px, and nothing can be predicted.",
            "Choose smaller patches or larger views.",
        )
    cut = images.unfold(2, side, stride).unfold(3, side, stride)
    return cut.permute(0, 2, 3, 1, 4, 5)


class RowContext(nn.Module):
    """Masked convolutions: the output at a row depends on this row and the rows above.

    Each layer looks at its own row and the one above, three columns wide, so that `layers`
    layers see that many rows up; a residual sum keeps the patch's own representation.
    """

    def __init__(self, dim: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Sequential(
                    nn.Conv2d(dim, dim // 2, 1),
                    nn.ReLU(inplace=True),
                    nn.ZeroPad2d((1, 1, 1, 0)),
                    nn.Conv2d(dim // 2, dim // 2, (2, 3)),
                    nn.ReLU(inplace=True),
                    nn.Conv2d(dim // 2, dim, 1),
                )
                for _ in range(layers)
            ]
        )

    def forward(self, grid: Tensor) -> Tensor:
        """Return the context at each place  # (batch, dim, rows, columns), the same shape."""
        for layer in self.layers:
            grid = grid + layer(grid)
        return F.relu(grid)


def turned(grid: Tensor, quarters: int) -> Tensor:
    """Return the grid turned so that another side is on top  # (batch, dim, rows, columns)."""
    return torch.rot90(grid, quarters, dims=(2, 3))
