"""Spoiling pictures before the encoder sees them, by any augmentations of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.parts import BuildContext
from sslstudio.engine.views import Pipeline

VISIBLE = 1e-6
"""A pixel counts as spoilt if one of its channels moved further than this."""


class Corruption:
    """A pipeline on clean pixels; with no operation it changes nothing."""

    def __init__(self, specs: Sequence[AugmentationSpec], context: BuildContext) -> None:
        for spec in specs:
            if spec.normalises or spec.converts:
                raise RecipeError(
                    f"objective.corruption: {spec.kind!r} cannot spoil pictures: what stands here "
                    "must leave values in [0, 1] in as many channels as there were.",
                    "Take it out of the corruption; the views are normalised anyway.",
                )
        self.pipeline = Pipeline.from_specs(specs, context) if specs else None

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Tensor:
        """Return spoilt copies in [0, 1]  # (batch, channels, size, size)."""
        if self.pipeline is None:
            return clean
        return self.pipeline(clean, generator).clamp(0.0, 1.0)


def changed(clean: Tensor, spoilt: Tensor) -> Tensor:
    """Return 1 where a pixel was spoilt and 0 elsewhere  # (batch, 1, size, size)."""
    return ((spoilt - clean).abs().amax(dim=1, keepdim=True) > VISIBLE).float()


def repaired(clean: Tensor, spoilt: Tensor, painted: Tensor) -> Tensor:
    """Return clean pictures with what was painted where they had been spoilt."""
    return torch.lerp(clean, painted, changed(clean, spoilt))
