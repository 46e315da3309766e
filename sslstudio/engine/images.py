"""Images as uint8 in memory or on the device; a batch is a list of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.imaging.operation import sent
from sslstudio.engine.sequences import Sequences
from sslstudio.engine.views import Normalise

CHUNK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What the parts of a recipe depend on.

    Kept in every checkpoint, so that an encoder can be built again without its images.
    """

    channels: int
    size: int
    train_images: int
    channel_mean: tuple[float, ...]
    channel_std: tuple[float, ...]
    classes: int = 0
    """Classes that the training labels name; 0 where there are none."""
    run_images: int = 0
    """Training images of the run where these are a sample for a trial; 0 means they are all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStore:
    """All images of a run at the working resolution, and which rows are for what."""

    images: Tensor  # uint8 (images, channels, size, size)
    labels: Tensor  # int64 (images,), -1 where unknown
    train: Tensor  # rows that give gradients
    validation: Tensor  # rows of training images kept out of the gradient
    held_out: Tensor  # rows that never enter pretraining
    device: torch.device
    sequences: Sequences | None = None  # which images are frames of one video
    run_images: int = 0  # training images of the run, if `train` is a sample of them

    @property
    def channels(self) -> int:
        """Number of colour channels."""
        return int(self.images.shape[1])

    @property
    def size(self) -> int:
        """Side of the working resolution in pixels."""
        return int(self.images.shape[2])

    def fetch(self, rows: Tensor) -> Tensor:
        """Return these rows as uint8 on the device  # (rows, channels, size, size)."""
        return sent(self.images[sent(rows, self.images.device)], self.device)

    def fetch_float(self, rows: Tensor) -> Tensor:
        """Return these rows in [0, 1]  # (rows, channels, size, size)."""
        return self.fetch(rows).float().div_(255.0)

    def near(self, rows: Tensor, frames: int, generator: torch.Generator) -> Tensor:
        """Return another frame of each row's sequence, at most `frames` away; 0 returns the rows.

        RecipeError if the images form no sequences.
        """
        if frames == 0:
            return rows
        if self.sequences is None or not self.sequences.count:
            raise RecipeError(
                "A view is drawn from neighbouring frames, and these images form no sequences.",
                "Use a video, or a folder with numbered images (walk-0001.png), or set the "
                "view's `frames` to 0.",
            )
        return self.sequences.near(rows, frames, generator)

    def facts(self) -> ImageFacts:
        """Return shape, count and each channel's mean and deviation over the training rows."""
        count = 0
        total = torch.zeros(self.channels, dtype=torch.float64)
        squares = torch.zeros(self.channels, dtype=torch.float64)
        for rows in self.train.split(4096):
            pixels = self.images[rows.to(self.images.device)].cpu().double().div_(255.0)
            count += pixels.numel() // self.channels
            total += pixels.sum(dim=(0, 2, 3))
            squares += pixels.square_().sum(dim=(0, 2, 3))
        mean = total / count
        deviation = (squares / count - mean.square()).clamp_min(1e-6).sqrt()
        return ImageFacts(
            channels=self.channels,
            size=self.size,
            train_images=len(self.train),
            channel_mean=tuple(mean.tolist()),
            channel_std=tuple(deviation.tolist()),
            classes=int(self.labels.max()) + 1 if len(self.labels) else 0,
            run_images=self.run_images,
        )


@dataclass(frozen=True, slots=True)
class CleanTrainingImages:
    """The training images without augmentation, in order, for clusters, banks and fits."""

    store: ImageStore
    normalise: Normalise | None

    @property
    def count(self) -> int:
        """Number of training images."""
        return len(self.store.train)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (indices among the training images, images in [0, 1])."""
        for start in range(0, self.count, CHUNK):
            rows = self.store.train[start : start + CHUNK]
            indices = torch.arange(start, start + len(rows), device=self.store.device)
            yield indices, self.store.fetch_float(rows)

    def normalised(self, images: Tensor) -> Tensor:
        """Return images in [0, 1] as the encoder expects them."""
        return images if self.normalise is None else self.normalise.apply(images)
