"""What some tasks ask of an encoder beside its vector: streams of channels, and local maps."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.parts import Encoder


@runtime_checkable
class StreamEncoder(Protocol):
    """An encoder of two networks that each read a part of the channels.

    Its vector is the first network's, then the second's.
    """

    stream_dims: tuple[int, int]
    """Widths of the two parts."""

    def parts_of(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each network sees of normalised images, scaled to [0, 1]."""
        ...


@runtime_checkable
class LocalEncoder(Protocol):
    """An encoder that names the maps whose positions see a small part of the image each."""

    local_stages: tuple[str, str]
    """The stage with more and the stage with fewer positions."""


def stream_encoder(encoder: Encoder) -> StreamEncoder:
    """Return the encoder as one of two streams; RecipeError if it is one network."""
    if isinstance(encoder, StreamEncoder):
        return encoder
    raise RecipeError(
        "This objective compares two networks that read different channels of an image, and this "
        "encoder is one network.",
        "Choose the encoder `two-streams`.",
    )


def local_stages(encoder: Encoder) -> tuple[str, str]:
    """Return the two stages that serve as local maps: those it names, or else its last two."""
    if isinstance(encoder, LocalEncoder):
        return encoder.local_stages
    names = list(encoder.stage_dims)
    if len(names) < 2:
        raise RecipeError(
            "This objective compares maps of two stages, and this encoder has fewer.",
            "Choose the encoder `receptive-field-limited`, the convnet or a ResNet.",
        )
    return names[-2], names[-1]
