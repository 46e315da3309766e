"""Transformer blocks with the norm first (Dosovitskiy et al. 2021, arXiv:2010.11929, eq. 1-4)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-6
MLP_RATIO = 4
SLOWEST = 10_000.0
"""The sine positions' longest wavelength, over 2 pi (Vaswani et al. 2017, arXiv:1706.03762)."""


class Attention(nn.Module):
    """Every token looks at all tokens, in several ways side by side."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(dim, 3 * dim)
        self.to_tokens = nn.Linear(dim, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return mixed tokens  # (batch, tokens, dim)."""
        queries, keys, values = self._split(tokens)
        mixed = F.scaled_dot_product_attention(queries, keys, values)
        result: Tensor = self.to_tokens(mixed.transpose(1, 2).flatten(2))
        return result

    def weights(self, tokens: Tensor) -> Tensor:
        """Return how much each token looks at each  # (batch, heads, tokens, tokens)."""
        queries, keys, _ = self._split(tokens)
        scores = queries @ keys.transpose(2, 3) / math.sqrt(queries.shape[3])
        return scores.float().softmax(dim=3)

    def _split(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        parts = self.to_qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        queries, keys, values = parts.unbind(0)
        return queries, keys, values


class TransformerBlock(nn.Module):
    """Attention and a two-layer network, each added to what it read."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(dim, eps=EPSILON)
        self.attention = Attention(dim, heads)
        self.norm_network = nn.LayerNorm(dim, eps=EPSILON)
        self.network = nn.Sequential(
            nn.Linear(dim, MLP_RATIO * dim), nn.GELU(), nn.Linear(MLP_RATIO * dim, dim)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens of the next layer  # (batch, tokens, dim)."""
        tokens = tokens + self.attention(self.norm_attention(tokens))
        result: Tensor = tokens + self.network(self.norm_network(tokens))
        return result

    def attention_weights(self, tokens: Tensor) -> Tensor:
        """Return how much each token looks at each here  # (batch, heads, tokens, tokens)."""
        return self.attention.weights(self.norm_attention(tokens))


def start_linear(module: nn.Module) -> None:
    """Give a linear layer the weights that masked autoencoders start from; `apply` this."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def plane_positions(rows: Tensor, columns: Tensor, dim: int) -> Tensor:
    """Return a vector for each place of a grid: half of it for the row, half for the column.

    Sines and cosines of growing wavelength, as in He et al. (2022, arXiv:2111.06377, appendix A).
    Places between whole numbers lie between their neighbours' vectors.

    Args:
        rows: where the grid's rows lie  # (height,)
        columns: where its columns lie  # (width,)
        dim: a multiple of four

    Returns:
        Vectors, row by row  # (height * width, dim)
    """
    down, across = _waves(rows, dim // 2), _waves(columns, dim // 2)
    shape = (len(rows), len(columns), dim // 2)
    both = [down.unsqueeze(1).expand(shape), across.unsqueeze(0).expand(shape)]
    return torch.cat(both, dim=2).flatten(0, 1)


def _waves(places: Tensor, dim: int) -> Tensor:
    steps = torch.arange(dim // 2, dtype=torch.float32, device=places.device)
    angles = places.float().unsqueeze(1) * torch.exp(steps * (-2.0 * math.log(SLOWEST) / dim))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
