"""A context over a grid of patches that sees only the rows above: for predictive coding."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
