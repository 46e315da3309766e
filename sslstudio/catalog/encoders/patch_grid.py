"""A network that sees an image through a grid of overlapping patches, one patch at a time.

Van den Oord et al. 2018 (arXiv:1807.03748, section 3.3) cut 256 px images into 7 x 7 patches of
64 px that overlap by half; a network encodes each by itself, and the mean over the grid is the
image's representation. Henaff et al. 2020 (arXiv:1905.09272, section 3) keep that grid.

Departures: any encoder of the catalogue serves as the network. Patches are encoded row by row:
batch norm, where the network has it, then takes its statistics in a step over one row of the grid
of all images, and no patch changes how those above and below it are normed. Along a row it does:
what is predicted sideways (CPC v2) asks for a network with layer norm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, ClassVar, Final, Literal

import torch
from pydantic import Field
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder
from sslstudio.engine.patch_rows import row_of_patches, rows_of

GRID: Final = "grid"
SHARE: Final = 4
"""The paper's patches are a quarter of the image wide."""
USEFUL: Final = 8
"""Pixels below which the usual networks cannot halve a patch three times."""


class PatchGridSpec(EncoderSpec):
    """Encodes overlapping patches one by one and keeps their mean."""

    kind: Literal["patch-grid"] = "patch-grid"
    has_patch_grid: ClassVar[bool] = True
    patch: Annotated[
        int | None,
        Range(4, 128),
        Ui(
            "Patch",
            "Side of a patch; neighbours overlap by half. Empty takes a quarter of the image, "
            "but no less than 8 px.",
            unit="px",
        ),
    ] = None
    network: Annotated[EncoderSpec, Ui("Network", "What encodes each patch.")] = Field(
        default={"kind": "convnet"}, validate_default=True
    )

    def patch_side(self, size: int) -> int:
        """Return the side of a patch in pixels for images of this side."""
        return self.patch or max(USEFUL, size // SHARE)


class PatchGrid(Encoder):
    """One network over the patches of an image, whose map is the grid of their vectors."""

    def __init__(self, network: Encoder, patch: int) -> None:
        super().__init__()
        self.network = network
        self.patch = patch
        self.dim = network.dim
        self.stage_dims = {GRID: network.dim}

    def grid(self, images: Tensor, change: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Return the vector of every patch in its place  # (batch, dim, rows, columns)."""
        rows = []
        for row in range(rows_of(images.shape[-2], self.patch)):
            patches = row_of_patches(images, self.patch, row)  # (batch, columns, c, side, side)
            patches = patches if change is None else change(patches)
            vectors: Tensor = self.network(patches.flatten(0, 1))
            rows.append(vectors.unflatten(0, patches.shape[:2]))
        return torch.stack(rows, dim=1).movedim(3, 1)

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the grid of the patches' vectors  # (batch, channels, height, width)."""
        return {GRID: self.grid(images)}

    def pool(self, features: Tensor) -> Tensor:
        """Return the mean over the patches  # (batch, dim)."""
        return features.mean(dim=(2, 3))


def build(spec: PatchGridSpec, context: BuildContext) -> PatchGrid:
    """Return the network over patches; RecipeError if it cannot learn or no patch fits."""
    side = spec.patch_side(context.size)
    smallest = min(context.view_sizes or (context.view_size,))
    if side > smallest:
        raise RecipeError(
            f"encoder.patch: patches of {side} px do not fit into views of {smallest} px.",
            "Choose smaller patches or larger views.",
        )
    if not spec.network.trainable or spec.network.needs_colour:
        raise RecipeError(
            f"encoder.network: {spec.network.kind} cannot encode the patches of a grid.",
            "Choose the convnet or a ResNet.",
        )
    inside = replace(context, size=side, view_size=side, view_sizes=())
    return PatchGrid(inside.build(spec.network), side)


ENTRY = Entry(
    title="Patch grid",
    spec=PatchGridSpec,
    build=build,
    summary="One network over overlapping patches; an image is the mean of its patches.",
    citation="van den Oord et al. 2018, arXiv:1807.03748; Henaff et al. 2020, arXiv:1905.09272",
)
