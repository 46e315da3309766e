"""What is kept of an encoder: its output, maps of stages, the projector's output, or several.

Several layers stand side by side, each of them divided by its own length image by image: otherwise
the layer with the largest numbers alone would decide about cosines and distances. The cosine of two
images is then the mean of the layers' cosines. One layer alone is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import OUTPUT, PROJECTOR, Pooling
from sslstudio.domain.recipe import Representation as Kept
from sslstudio.engine.heads import Head
from sslstudio.engine.parts import Encoder, Objective

MAPS_OF: Final[Mapping[Pooling, int]] = {"average": 1, "max": 1, "both": 2}
"""How many numbers each channel of a map gives."""


class Representation(nn.Module):
    """An encoder cut at the kept layers  # (batch, channels, height, width) -> (batch, dim)."""

    def __init__(self, encoder: Encoder, kept: Kept, projector: Head | None = None) -> None:
        super().__init__()
        self.layers = kept.layers
        self.pooling = kept.pooling
        self.is_output = self.layers == (OUTPUT,)
        self.encoder = encoder
        self.projector = projector if PROJECTOR in self.layers else None
        self.dim = sum(self._width(name) for name in _distinct(self.layers))

    def forward(self, images: Tensor) -> Tensor:
        """Return the kept representation  # (batch, dim)."""
        if self.is_output:
            h: Tensor = self.encoder(images)
            return h
        found = self._found(images)
        if len(self.layers) == 1:
            return found[self.layers[0]]
        return torch.cat([F.normalize(found[name].float(), dim=1) for name in self.layers], dim=1)

    def _found(self, images: Tensor) -> dict[str, Tensor]:
        """Return each kept layer's vectors  # each (batch, width)."""
        deepest = [name for name in self.layers if name in (OUTPUT, PROJECTOR)]
        maps = {} if len(deepest) == len(self.layers) else self.encoder.stages(images)
        found = {n: _pooled(maps[n], self.pooling) for n in self.layers if n not in deepest}
        if deepest:
            found[OUTPUT] = self._output(images, maps)
        if self.projector is not None:
            found[PROJECTOR] = self.projector(found[OUTPUT])
        return found

    def _output(self, images: Tensor, maps: Mapping[str, Tensor]) -> Tensor:
        if maps and type(self.encoder).forward is Encoder.forward:
            return self.encoder.pool(list(maps.values())[-1])
        h: Tensor = self.encoder(images)
        return h

    def _width(self, name: str) -> int:
        if name == OUTPUT:
            return self.encoder.dim
        if name == PROJECTOR:
            return _required(self.projector).dim
        if name not in self.encoder.stage_dims:
            known = ", ".join([OUTPUT, *self.encoder.stage_dims])
            raise RecipeError(
                f"representation.layer: this encoder has no layer {name!r}.",
                f"Choose one of: {known}.",
            )
        return self.encoder.stage_dims[name] * MAPS_OF[self.pooling]


def projector_of(objective: Objective) -> Head | None:
    """Return the head that maps h to what the loss compares; None where a task has none."""
    head = getattr(objective, "projector", None)
    return head if isinstance(head, Head) and not head.is_identity else None


def _required(projector: Head | None) -> Head:
    if projector is None:
        raise RecipeError(
            "representation.layer: this objective has no projector that could be kept.",
            "Keep the encoder's output, or choose a joint-embedding objective with a projector.",
        )
    return projector


def _distinct(layers: Iterable[str]) -> tuple[str, ...]:
    names = tuple(layers)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RecipeError(
            f"representation.also: the layer {twice!r} is kept twice.", "Name each layer once."
        )
    return names


def _pooled(features: Tensor, pooling: Pooling) -> Tensor:
    places = tuple(range(2, features.ndim))
    if pooling == "average":
        return features.mean(dim=places)
    largest = features.amax(dim=places)
    return largest if pooling == "max" else torch.cat([features.mean(dim=places), largest], dim=1)
