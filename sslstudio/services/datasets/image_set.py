"""A set of images at the working resolution, with what is known about each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import numpy as np

from sslstudio.domain.errors import CancelledError

HELD_OUT = 1
"""The value of `ImageSet.split` for images that never enter pretraining."""


_GREY_SAMPLE = 64


class Files(Protocol):
    """Where the original files lie: a folder or an archive."""

    def read(self, path: str) -> bytes:
        """Return a file's content; DataError says why it cannot be read."""

    def another(self) -> Files:
        """Return a reader that another thread may use at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableFile:
    """An image file that was left out, and the reason as a plain sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageSet:
    """Images brought to one size, in the order of their paths."""

    source: str
    """A name such as `shapes`, or the absolute path of a folder or archive."""
    name: str
    images: np.ndarray
    """uint8 (n, channels, size, size), often mapped from the cache; writing stays private."""
    paths: tuple[str, ...]
    """Relative to the source, with forward slashes."""
    labels: np.ndarray
    """int64 (n,), -1 where unknown."""
    class_names: tuple[str, ...]
    split: np.ndarray
    """int8 (n,): 0 for training, 1 for held out."""
    original_sizes: np.ndarray
    """int32 (n, 2): width and height as seen, after the camera's rotation."""
    unreadable: tuple[UnreadableFile, ...] = ()
    notes: tuple[str, ...] = ()
    sequence: np.ndarray | None = None
    """int64 (n,): number of the video or numbered series that an image is a frame of, -1 for none;
    None if there is no sequence at all."""
    frame: np.ndarray | None = None
    """int64 (n,): place of the image in its sequence."""
    clips: bool = False
    """True if the sequences are videos, whose frames are held out together."""
    factors: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    """What a generated image was made of; position is (n, 2), all others are (n,)."""
    fingerprint: str = ""
    """Equal for equal pictures under equal paths at equal resolution, wherever they lie."""
    depth_range: tuple[int, int] | None = None
    """The values of 16-bit pictures that became black and white."""
    files: Files | None = field(default=None, repr=False)
    originals: np.ndarray | None = field(default=None, repr=False)
    """uint8 (n, channels, height, width) of a set that is not made of files."""

    @property
    def labelled(self) -> bool:
        """True if the class of at least one image is known."""
        return bool((self.labels >= 0).any())

    @property
    def is_grey(self) -> bool:
        """True if no image of an even sample has any colour."""
        sample = self.images[:: max(1, len(self.images) // _GREY_SAMPLE)]
        return bool((sample == sample[:, :1]).all())

    def train_indices(self) -> np.ndarray:
        """Return the positions of the images that may be trained on."""
        return np.flatnonzero(self.split != HELD_OUT)

    def held_out_indices(self) -> np.ndarray:
        """Return the positions of the images that are kept for the test."""
        return np.flatnonzero(self.split == HELD_OUT)


def no_progress(_done: int, _total: int) -> None:
    """Take note of nothing."""


def never_cancelled() -> bool:
    """Return that work goes on."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told how far the work is, and who may stop it."""

    progress: Callable[[int, int], None] = no_progress
    cancelled: Callable[[], bool] = never_cancelled

    def step(self, done: int, total: int) -> None:
        """Report progress; CancelledError if the work shall stop."""
        self.check()
        self.progress(done, total)

    def check(self) -> None:
        """Raise CancelledError if the work shall stop."""
        if self.cancelled():
            raise CancelledError("Reading the images was stopped.")
