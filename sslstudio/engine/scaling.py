"""Sizes that the papers give for ImageNet, brought to another number of images."""

from __future__ import annotations

import math
from typing import Final

from sslstudio.domain.errors import RecipeError

IMAGENET_IMAGES: Final = 1_281_167


def scaled_by_root(at_imagenet: int, images: int) -> float:
    """Return a count that falls with the root of the number of images.

    Clusters, prototypes and outputs: with n times fewer images, both their number and the images
    of each shrink by the root of n.
    """
    return at_imagenet * math.sqrt(images / IMAGENET_IMAGES)


def count_for(
    images: int, asked: int | None, *, at_imagenet: int, smallest: int, field: str
) -> int:
    """Return how many clusters, labels or prototypes there are: as asked, or by the images.

    Unasked, they fall with the root of the number of images, and `smallest` images or more come
    to each. RecipeError, naming the field, if more are asked for than there are images.
    """
    if asked is None:
        wanted = round(scaled_by_root(at_imagenet, images))
        return max(2, min(wanted, images // smallest))
    require_no_more_than(images, asked, field=field)
    return asked


def require_no_more_than(images: int, asked: int, *, field: str) -> None:
    """Raise RecipeError if a field of the recipe asks for more than the training images."""
    if asked > images:
        raise RecipeError(
            f"{field}: {asked} is more than the {images} training images.",
            "Choose a smaller number, or leave the field empty.",
        )
