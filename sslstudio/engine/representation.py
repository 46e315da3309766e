"""The layer that is kept: the encoder's output or the pooled map of a stage."""

from __future__ import annotations

from torch import Tensor, nn

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.parts import Encoder

OUTPUT = "encoder"


class Representation(nn.Module):
    """An encoder cut at the kept layer  # (batch, channels, height, width) -> (batch, dim)."""

    def __init__(self, encoder: Encoder, layer: str) -> None:
        super().__init__()
        if layer != OUTPUT and layer not in encoder.stage_dims:
            known = ", ".join([OUTPUT, *encoder.stage_dims])
            raise RecipeError(
                f"representation.layer: this encoder has no layer {layer!r}.",
                f"Choose one of: {known}.",
            )
        self.encoder = encoder
        self.layer = layer
        self.is_output = layer == OUTPUT
        self.dim = encoder.dim if self.is_output else encoder.stage_dims[layer]

    def forward(self, images: Tensor) -> Tensor:
        """Return the kept representation  # (batch, dim)."""
        if self.is_output:
            h: Tensor = self.encoder(images)
            return h
        features = self.encoder.stages(images)[self.layer]
        return features.mean(dim=tuple(range(2, features.ndim)))
