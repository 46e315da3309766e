"""Projectors and predictors: small networks between encoder and loss."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

from torch import Tensor, nn

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.parts import ParameterGroup

RELU: Final = partial(nn.ReLU, inplace=True)

ProjectorHidden = Annotated[
    int,
    Range(8, 8192, log=True),
    Ui("Hidden", "Width of the projector's hidden layer.", unit="units"),
]
"""A field of objectives that make their own projector, by the name `hidden`."""


class Head(nn.Module):
    """A network on vectors that knows the width of its output."""

    def __init__(self, network: nn.Module, *, dim: int, is_identity: bool = False) -> None:
        super().__init__()
        self.network = network
        self.dim = dim
        self.is_identity = is_identity

    def forward(self, h: Tensor) -> Tensor:
        """Return the head's output  # (batch, any) -> (batch, dim)."""
        z: Tensor = self.network(h)
        return z

    def own_groups(self) -> tuple[ParameterGroup, ...]:
        """Return the parameters of this head that do not move like all others."""
        return ()


def multilayer(
    sizes: list[int],
    *,
    hidden_norm: bool,
    output_norm: bool,
    activation: Callable[[], nn.Module] = RELU,
) -> nn.Sequential:
    """Return linear layers with ReLU (or another) between them, and batch norm where asked."""
    layers: list[nn.Module] = []
    pairs = list(itertools.pairwise(sizes))
    for number, (before, after) in enumerate(pairs):
        is_last = number == len(pairs) - 1
        normed = output_norm if is_last else hidden_norm
        layers.append(nn.Linear(before, after, bias=not normed))
        if normed:
            # SimSiam and BYOL: the output norm has no scale and shift of its own.
            layers.append(nn.BatchNorm1d(after, affine=not is_last))
        if not is_last:
            layers.append(activation())
    return nn.Sequential(*layers)
