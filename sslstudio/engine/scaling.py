"""Sizes that the papers give for ImageNet, brought to another number of images."""

from __future__ import annotations

import math
from typing import Final

IMAGENET_IMAGES: Final = 1_281_167


def scaled_by_root(at_imagenet: int, images: int) -> float:
    """Return a count that falls with the root of the number of images.

    Clusters, prototypes and outputs: with n times fewer images, both their number and the images
    of each shrink by the root of n.
    """
    return at_imagenet * math.sqrt(images / IMAGENET_IMAGES)
