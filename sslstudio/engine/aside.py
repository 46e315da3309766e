"""Passes through a network that its batch norms do not remember, and whole images that they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

from sslstudio.engine.modes import NORMS

WHOLE: Final = 32
"""Images of a step that move the averages; at 32 px they are 32,768 values a channel."""


@contextmanager
def unremembered(network: nn.Module) -> Iterator[None]:
    """Run the block with batch norms that use the batch's statistics and leave their averages.

    The averages are what the network is used with later: pieces and altered images that only
    training shows have other statistics than the images that come then. In evaluation mode too
    they are normed by their own.
    """
    norms = [module for module in network.modules() if isinstance(module, NORMS)]
    before = [(norm.training, norm.track_running_stats) for norm in norms]
    for norm in norms:
        norm.training, norm.track_running_stats = True, False
    try:
        yield
    finally:
        for norm, (training, tracks) in zip(norms, before, strict=True):
            norm.training, norm.track_running_stats = training, tracks


def remember_whole(network: nn.Module, images: Tensor) -> None:
    """Let the averages of a training network follow these images, without gradient.

    For tasks that show the network nothing but pieces: of the whole images that it is used with
    later it would have no statistics.  # (batch, channels, height, width)
    """
    if network.training:
        with torch.no_grad():
            network(images[:WHOLE])
