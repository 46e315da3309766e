"""Pictures for a person: what is shown of a model in words, rows and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslstudio.domain.events import ShownRow
from sslstudio.engine.imaging.lab import from_lab, unscaled

SHOWN_LIGHTNESS: Final = 0.65


@dataclass(slots=True)
class Exhibition:
    """Pictures by name, the rows among them in order, and numbers that belong to them."""

    arrays: dict[str, npt.NDArray[np.uint8]] = field(default_factory=dict)
    rows: list[ShownRow] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)

    def add(self, row: ShownRow, images: Tensor) -> None:
        """Show a row of images in [0, 1]  # (pictures, channels, height, width)."""
        self.arrays[row.caption] = to_pictures(images)
        self.rows.append(row)


def to_pictures(images: Tensor) -> npt.NDArray[np.uint8]:
    """Return images in [0, 1] as RGB pictures  # (n, c, h, w) -> uint8 (n, h, w, 3).

    Two channels have no colours of their own: they are shown as the a and b of a middle lightness.
    Of more than three, the first three are shown.
    """
    images = images.detach().float().clamp(0, 1)
    if images.shape[1] == 2:
        images = from_lab(unscaled(torch.full_like(images[:, :1], SHOWN_LIGHTNESS), images))
    colour = images[:, :3].mul(255).round().to(torch.uint8).cpu()
    colour = colour.expand(-1, 3, -1, -1) if colour.shape[1] == 1 else colour
    pictures: npt.NDArray[np.uint8] = colour.permute(0, 2, 3, 1).contiguous().numpy()
    return pictures
