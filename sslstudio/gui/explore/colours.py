"""Which colours the embeddings offer, and how a map puts them on."""

from __future__ import annotations

from typing import Literal

from sslstudio.gui.class_palette import CLASS_COLOURS
from sslstudio.gui.explore.map_surface import MapSurface
from sslstudio.gui.explore.source import Embedded

ColourMode = Literal["class", "split", "loss"]
SPLIT_NAMES = ("training", "held-out")


def colour_modes(embedded: Embedded) -> tuple[ColourMode, ...]:
    """Return what the points can be coloured by."""
    known: tuple[ColourMode, ...] = ("class", "split")
    return known if embedded.losses is None else (*known, "loss")


def put_on(surface: MapSurface, embedded: Embedded, mode: ColourMode) -> None:
    """Colour the points of a map."""
    table = embedded.table
    if mode == "loss" and embedded.losses is not None:
        surface.set_values(embedded.losses, "loss")
    elif mode == "split":
        surface.set_colours(table.split, SPLIT_NAMES, CLASS_COLOURS)
    else:
        surface.set_colours(table.labels, table.class_names, CLASS_COLOURS)
