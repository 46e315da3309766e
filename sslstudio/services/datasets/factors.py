"""The known factors of generated images, with the words and colours that belong to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sslstudio.services.datasets.image_set import ImageSet
from sslstudio.services.datasets.palette import to_srgb
from sslstudio.services.datasets.scene import BACKGROUNDS, COLOURS, HUES, TEXTURES

WORDS = {"texture": TEXTURES, "background": BACKGROUNDS, "colour": COLOURS}
AXES = ("across", "down")
FULL_TURN = 360.0
# In the middle between the paints for dark and for light backgrounds.
PAINT = (0.65, 0.155)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One factor of every image: codes with names, or numbers."""

    title: str
    values: np.ndarray
    """Codes int64 (n,) where there are names, else numbers (n,)."""
    names: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    """The colour of each name, where the factor is a colour itself."""
    is_cyclic: bool = False
    """True if the largest number stands beside the smallest, as with angles."""


def read_factors(images: ImageSet) -> tuple[Factor, ...]:
    """Return what else is known of each image than its class; nothing for real images."""
    found: list[Factor] = []
    for name, values in images.factors.items():
        if values.ndim == 2:
            found += [
                Factor(title=f"{name} {axis}", values=values[:, column])
                for column, axis in enumerate(AXES)
            ]
        elif name in WORDS:
            found.append(
                Factor(
                    title="paint" if name == "colour" else name,
                    values=values,
                    names=WORDS[name],
                    colours=_paints() if name == "colour" else (),
                )
            )
        elif values.dtype.kind == "f":
            cyclic = name == "rotation" and float(np.ptp(values)) > FULL_TURN / 2
            found.append(Factor(title=name, values=values, is_cyclic=cyclic))
    return tuple(found)


def _paints() -> tuple[str, ...]:
    lightness, chroma = (np.full(len(HUES), value) for value in PAINT)
    colours = to_srgb(lightness, chroma, HUES)
    return tuple(f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in colours.tolist())
