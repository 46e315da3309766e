"""A copy of a network that follows it slowly: the teacher of MoCo, BYOL and their kin."""

from __future__ import annotations

import copy
from typing import Annotated

import torch
from torch import Tensor, nn

from sslstudio.domain.fields import Range, Ui

FirstMomentum = Annotated[
    float,
    Range(0.0, 1.0),
    Ui("Momentum", "Share of the old weights kept at each step, at the start."),
]
"""A field of targets that follow ever more slowly, by the name `start`."""
LastMomentum = Annotated[
    float, Range(0.0, 1.0), Ui("Final momentum", "The same share at the end of the budget.")
]
"""A field of targets that follow ever more slowly, by the name `end`."""


def frozen_copy(network: nn.Module) -> nn.Module:
    """Return a copy that shares no storage with the network and takes no gradient."""
    # Cloned beforehand: a deep copy of a tensor that has a shape only would copy its world too.
    copies: dict[int, object] = {
        id(parameter): nn.Parameter(parameter.detach().clone(), requires_grad=False)
        for parameter in network.parameters()
    }
    copies |= {id(buffer): buffer.detach().clone() for buffer in network.buffers()}
    twin: nn.Module = copy.deepcopy(network, copies)
    return twin


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Move the average's weights: keep * old + (1 - keep) * the network's.

    Running statistics of batch norm are not mixed: the copy gathers its own.
    """
    mine: list[Tensor] = list(average.parameters())
    torch._foreach_lerp_(mine, list(network.parameters()), 1.0 - keep)
