"""Settings of objectives that cut views into tiles."""

from __future__ import annotations

from typing import Annotated

from sslstudio.domain.fields import Range, Ui

TilesAlong = Annotated[
    int,
    Range(2, 3),
    Ui("Grid", "Tiles along each side; three need views of 32 px or more.", unit="tiles"),
]
"""A field by the name `grid`."""
TileJitter = Annotated[
    float,
    Range(0.0, 0.4),
    Ui("Jitter", "How far a tile moves within its cell.", unit="share of a cell"),
]
"""A field by the name `jitter`."""
