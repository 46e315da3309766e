"""What all batched operations share: how chance enters, and who owns the pixels."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor


class Operation(ABC):
    """A random operation that is a pure function of the images and some uniform numbers.

    Drawing is kept apart from working, so that a pipeline draws once for a whole batch, sends a
    single small tensor to the device, and may then cut the batch into pieces that fit the cache.
    """

    numbers: int
    """How many uniform numbers in [0, 1) one image needs."""

    @abstractmethod
    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return the changed images; may write into `images`, which nobody else looks at.

        Images are float in [0, 1], numbers are (batch, self.numbers) on the same device.
        """

    def owned(self, images: Tensor) -> Tensor:
        """Return images that `change` may write into."""
        return float_copy(images)

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return changed copies of the images  # (batch, channels, height, width)."""
        return self.change(self.owned(images), draw(images, self.numbers, generator))


def draw(images: Tensor, numbers: int, generator: torch.Generator) -> Tensor:
    """Return uniform numbers for each image, on the images' device  # (batch, numbers)."""
    drawn = torch.rand(len(images), numbers, generator=generator, device=generator.device)
    return sent(drawn, images.device)


def sent(values: Tensor, device: torch.device) -> Tensor:
    """Return values on the device, without making the host wait for what runs there."""
    return values.to(device, non_blocking=device.type != "cpu")


def float_copy(images: Tensor) -> Tensor:
    """Return a float copy in [0, 1]; bytes are divided by 255."""
    if images.dtype == torch.uint8:
        return images.to(torch.float32).div_(255.0)
    return images.to(torch.float32, copy=True)


def between(numbers: Tensor, low: float, high: float) -> Tensor:
    """Return uniform numbers stretched from [0, 1) to [low, high)."""
    return numbers * (high - low) + low


def per_image(values: Tensor) -> Tensor:
    """Return one value per image in a shape that spreads over its pixels  # (batch, 1, 1, 1)."""
    return values.view(-1, 1, 1, 1)
