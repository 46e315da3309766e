"""A pass through a network that its batch norms do not remember."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from sslstudio.engine.modes import NORMS


@contextmanager
def unremembered(network: nn.Module) -> Iterator[None]:
    """Run the block with batch norms that use the batch's statistics but leave their averages.

    The averages are what the network is used with later: pieces and altered images that only
    training shows have other statistics than the images that come then.
    """
    norms = [module for module in network.modules() if isinstance(module, NORMS)]
    tracking = [norm.track_running_stats for norm in norms]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm, tracks in zip(norms, tracking, strict=True):
            norm.track_running_stats = tracks
