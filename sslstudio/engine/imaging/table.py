"""The fourteen operations of RandAugment, one for each image of a batch, at a strength in [0, 1].

Ranges and sides are those of torchvision's RandAugment (v2). Everything is bilinear, and shears
are about the top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import torch
from torch import Tensor

from sslstudio.engine.imaging.chosen import Rows, change_chosen
from sslstudio.engine.imaging.colour import blend
from sslstudio.engine.imaging.tone import autocontrast, equalize, posterize, sharpened, solarized
from sslstudio.engine.imaging.warp import Motion, warped


class Choice(IntEnum):
    """The operations by number; those that move pixels come first, then those that blend."""

    IDENTITY = 0
    SHEAR_X = 1
    SHEAR_Y = 2
    SHIFT_X = 3
    SHIFT_Y = 4
    ROTATION = 5
    BRIGHTNESS = 6
    SATURATION = 7
    CONTRAST = 8
    SHARPNESS = 9
    POSTERIZE = 10
    SOLARIZE = 11
    AUTOCONTRAST = 12
    EQUALIZE = 13


SHEAR: Final = 0.3
SHIFT: Final = 150.0 / 331.0
"""Of the image's side."""
ANGLE: Final = torch.pi / 6.0
BLEND: Final = 0.9
BITS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Draw:
    """What happens to each image  # both (batch,)."""

    choice: Tensor
    """One of `Choice`  # integer."""
    sign: Tensor
    """-1.0 or 1.0: to which side."""

    def where(self, choice: Choice) -> Tensor:
        """Return the sign of the images with this operation and 0.0 for the others."""
        return self.sign * (self.choice == choice)


def change_by_table(images: Tensor, draw: Draw, level: float) -> Tensor:
    """Return images each changed by its operation; overwrites `images`."""
    images = _moved(images, draw, level)
    images = _blended(images, draw, level)
    count = (len(images),)
    factors = 1.0 + BLEND * level * draw.sign
    bits = factors.new_full(count, 8.0 - round(BITS * level))
    thresholds = factors.new_full(count, 1.0 - level)
    changes = {
        Choice.SHARPNESS: lambda part, rows: sharpened(part, factors[rows]),
        Choice.POSTERIZE: lambda part, rows: posterize(part, bits[rows]),
        Choice.SOLARIZE: lambda part, rows: solarized(part, thresholds[rows]),
        Choice.AUTOCONTRAST: lambda part, _rows: autocontrast(part),
        Choice.EQUALIZE: lambda part, _rows: equalize(part),
    }
    for choice, change in changes.items():
        images = change_chosen(images, draw.choice == choice, change)
    return images


def _moved(images: Tensor, draw: Draw, level: float) -> Tensor:
    height, width = images.shape[-2:]
    sheared = (draw.choice == Choice.SHEAR_X) | (draw.choice == Choice.SHEAR_Y)
    motion = replace(
        Motion.none(images),
        shear_x=torch.atan(draw.where(Choice.SHEAR_X) * (SHEAR * level)),
        shear_y=torch.atan(draw.where(Choice.SHEAR_Y) * (SHEAR * level)),
        right=draw.where(Choice.SHIFT_X) * int(SHIFT * level * width),
        down=draw.where(Choice.SHIFT_Y) * int(SHIFT * level * height),
        angle=draw.where(Choice.ROTATION) * (-ANGLE * level),
    )
    corner = torch.stack([sheared * (-width / 2.0), sheared * (-height / 2.0)], dim=1)

    def change(part: Tensor, rows: Rows) -> Tensor:
        return warped(part, motion.of(rows), "black", corner[rows])

    moving = (draw.choice >= Choice.SHEAR_X) & (draw.choice <= Choice.ROTATION)
    return change_chosen(images, moving, change)


def _blended(images: Tensor, draw: Draw, level: float) -> Tensor:
    kept = 1.0 + BLEND * level * draw.sign
    grey = (1.0 - kept) * (draw.choice == Choice.SATURATION)
    mean = (1.0 - kept) * (draw.choice == Choice.CONTRAST)

    def change(part: Tensor, rows: Rows) -> Tensor:
        blend(part, kept[rows], grey[rows], mean[rows])
        return part

    blending = (draw.choice >= Choice.BRIGHTNESS) & (draw.choice <= Choice.CONTRAST)
    return change_chosen(images, blending, change)
