"""Every view predicts what another view of its image was sorted into (SwAV, DINO)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sslstudio.engine.view_pairs import ordered_pairs


def swapped_cross_entropy(codes: Sequence[Tensor], predictions: Sequence[Tensor]) -> Tensor:
    """Return the cross-entropy, averaged over images and ordered pairs of different views  # ().

    Args:
        codes: distributions to predict, one for each view with a target  # each (images, classes)
        predictions: log-probabilities of every view, in the same order  # each (images, classes)
    """
    crossed = [
        -(codes[b] * predictions[a]).sum(dim=1).mean()
        for a, b in ordered_pairs(len(predictions), len(codes))
    ]
    return torch.stack(crossed).mean()
