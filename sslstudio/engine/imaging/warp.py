"""Turning, shearing, scaling and shifting images, each by an affine map of its own.

The maps are torchvision's: about the middle of the image, the picture is scaled, sheared
(x' = x - tan(shear_x) y, then y' = y - tan(shear_y) x'), turned and shifted. Values between pixels
are bilinear. Around the picture stands one colour, or its edge or mirror image. Departures: where
a border pixel is partly picture and partly fill, torchvision darkens its share of the picture
twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.engine.imaging.chosen import Rows
from sslstudio.engine.imaging.operation import sent

Surroundings = Literal["black", "mean", "mirror", "edge"]
"""What stands where the picture does not reach; `mean` is the image's own mean colour."""
PADDING = {"black": "zeros", "mean": "zeros", "mirror": "reflection", "edge": "border"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Where each picture goes  # every field (batch,)."""

    angle: Tensor
    """Radians; positive turns clockwise, as the row axis points down."""
    shear_x: Tensor
    """Radians."""
    shear_y: Tensor
    """Radians."""
    scale: Tensor
    """Size of the picture; 1 keeps it."""
    right: Tensor
    """Shift in pixels."""
    down: Tensor
    """Shift in pixels."""

    @classmethod
    def none(cls, images: Tensor) -> Motion:
        """Return the motion that leaves every image where it is."""
        zero = torch.zeros(len(images), device=images.device)
        return cls(
            angle=zero,
            shear_x=zero,
            shear_y=zero,
            scale=torch.ones_like(zero),
            right=zero,
            down=zero,
        )

    def of(self, rows: Rows) -> Motion:
        """Return the motion of some of the images."""
        return Motion(
            angle=self.angle[rows],
            shear_x=self.shear_x[rows],
            shear_y=self.shear_y[rows],
            scale=self.scale[rows],
            right=self.right[rows],
            down=self.down[rows],
        )

    def inverse(self) -> Tensor:
        """Return the matrices from a shifted-back place to its source  # (batch, 2, 2)."""
        shear_x, shear_y = self.shear_x.tan(), self.shear_y.tan()
        cosine, sine = self.angle.cos(), self.angle.sin()
        # Rotation times both shears has determinant 1, so its inverse swaps and negates.
        top_left = cosine + sine * shear_y
        bottom_left = sine - cosine * shear_y
        top_right = -sine - shear_x * top_left
        bottom_right = cosine - shear_x * bottom_left
        rows = torch.stack([bottom_right, -top_right, -bottom_left, top_left], dim=1)
        return (rows / self.scale.unsqueeze(1)).view(-1, 2, 2)


def warped(
    images: Tensor, motion: Motion, surroundings: Surroundings, centre: Tensor | None = None
) -> Tensor:
    """Return the moved images, as new tensors  # (batch, channels, height, width).

    `centre` is the fixed point in pixels from the image's middle, across and down  # (batch, 2)
    """
    height, width = images.shape[-2:]
    inverse = motion.inverse()
    shift = torch.stack([motion.right, motion.down], dim=1)
    fixed = torch.zeros_like(shift) if centre is None else centre
    offset = fixed - (inverse @ (shift + fixed).unsqueeze(2)).squeeze(2)
    half = sent(torch.tensor([width / 2.0, height / 2.0]), images.device)
    scaled = inverse * (half.view(1, 1, 2) / half.view(1, 2, 1))
    maps = torch.cat([scaled, (offset / half).unsqueeze(2)], dim=2)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    middle = images.mean(dim=(2, 3), keepdim=True) if surroundings == "mean" else None
    source = images if middle is None else images - middle
    result = F.grid_sample(source, grid, "bilinear", PADDING[surroundings], align_corners=False)
    return (result if middle is None else result.add_(middle)).clamp_(0.0, 1.0)
