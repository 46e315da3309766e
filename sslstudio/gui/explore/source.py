"""What the Explore page needs from whoever knows runs and images; no Qt here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from sslstudio.services.datasets.factors import Factor
from sslstudio.services.embedding import Embeddings
from sslstudio.services.maps.settings import MapResult, MapSettings

Part = Literal["held-out", "training", "all"]
"""Which images are shown."""

Progress = Callable[[int, int, str], None]
"""Takes done, total and words such as `Embedding images 4,210 of 50,000`."""


@dataclass(frozen=True, slots=True)
class MapKey:
    """What a map is of: a checkpoint, a part of its images, and how it is laid out."""

    step: int
    part: Part
    settings: MapSettings


@dataclass(frozen=True, slots=True)
class Embedded:
    """The embeddings of a part of the images at one checkpoint."""

    table: Embeddings
    """Vectors of unit length  # (n, d), with labels, split and paths."""
    images: np.ndarray
    """Which row of the source's images each embedding belongs to  # (n,)."""


@dataclass(frozen=True, slots=True)
class ImageLosses:
    """How hard each image of a part is, and what the number is."""

    values: np.ndarray  # (n,)
    label: str


@dataclass(frozen=True, slots=True)
class Query:
    """An image from elsewhere: its embedding (d,), and as the encoder saw it, uint8 (c, h, w)."""

    vector: np.ndarray
    image: np.ndarray


class ExploreSource(Protocol):
    """A run to explore; methods with `cancelled` are called on other threads than the window's."""

    def title(self) -> str:
        """Return what is explored, such as `SimCLR on CIFAR-10`."""
        ...

    def checkpoints(self) -> tuple[int, ...]:
        """Return the steps at which an encoder was written, in order."""
        ...

    def total_steps(self) -> int:
        """Return the length of the run in steps, as far as it is known."""
        ...

    def loss_at(self, step: int) -> float | None:
        """Return the training loss around a step."""
        ...

    def parts(self) -> tuple[Part, ...]:
        """Return which parts of the images there are, the one to begin with first."""
        ...

    def images(self) -> np.ndarray:
        """Return all images, uint8 (n, c, h, w), in memory or mapped from disk."""
        ...

    def embedding(
        self, step: int, part: Part, progress: Progress, cancelled: Callable[[], bool]
    ) -> Embedded:
        """Return embeddings, computed or from disk; CancelledError once `cancelled` is true."""
        ...

    def losses(
        self, step: int, part: Part, progress: Progress, cancelled: Callable[[], bool]
    ) -> ImageLosses:
        """Return how hard each image is at a checkpoint, computed or from disk.

        CancelledError once `cancelled` is true; DataError if single images have no number.
        """
        ...

    def factors(self) -> tuple[Factor, ...]:
        """Return what else is known of all images; nothing for real ones."""
        ...

    def embed_query(self, step: int, image: Path | bytes) -> Query:
        """Return a file's or a pasted picture's embedding; DataError if it is not an image.

        Called on a thread other than the window's.
        """
        ...

    def cached_map(self, key: MapKey) -> MapResult | None:
        """Return a map that was stored before; called on another thread."""
        ...

    def store_map(self, key: MapKey, result: MapResult) -> None:
        """Keep a finished map; called on another thread."""
        ...
