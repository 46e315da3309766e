"""Vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929) for small images.

Patches are projected to tokens, get a position, and pass through pre-norm blocks. Tiny (192 wide,
3 heads) and small (384 wide, 6 heads) are DeiT's (Touvron et al. 2021, arXiv:2012.12877, table 1).

Departures: patches from 2 px on; positions are fixed sines on the plane (as in MAE and MoCo v3)
instead of learned ones: views of another size lie on the same plane, their patches closer together
or further apart; h is the mean over the patches' last tokens, or the class token if one is asked
for; no dropout.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, cast

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder
from sslstudio.engine.patches import chosen, grid_of, patches_of
from sslstudio.engine.transformer import EPSILON, TransformerBlock, plane_positions, start_linear

HEAD_WIDTH = 64
WIDTHS = {"tiny": 192, "small": 384}
QUARTERS = 4


class VitSpec(EncoderSpec):
    """Transformer over patches; masked autoencoders need it."""

    kind: Literal["vit"] = "vit"
    sees_patches: ClassVar[bool] = True
    size: Annotated[
        Literal["tiny", "small"], Ui("Size", "Tiny is 192 wide with 3 heads, small 384 with 6.")
    ] = "tiny"
    patch: Annotated[
        int,
        Range(2, 32),
        Ui("Patch", "Side of a patch; half of it takes four times as long and more.", unit="px"),
    ] = 4
    depth: Annotated[int, Range(1, 24), Ui("Depth", "Number of blocks.", unit="blocks")] = 12
    pooling: Annotated[
        Literal["mean", "class-token"],
        Ui("Pooling", "Mean over the patches, or a token of its own that looks at all of them."),
    ] = "mean"


class Vit(Encoder):
    """Patches to tokens, blocks, and a norm; `tokens` runs on a subset of the patches."""

    def __init__(self, spec: VitSpec, channels: int, view_size: int) -> None:
        super().__init__()
        self.patch = spec.patch
        self.dim = self.token_dim = WIDTHS[spec.size]
        self.grid = grid_of(view_size, spec.patch)
        self.extra_tokens = int(spec.pooling == "class-token")
        self.embedding = nn.Linear(spec.patch**2 * channels, self.dim)
        blocks = [TransformerBlock(self.dim, self.dim // HEAD_WIDTH) for _ in range(spec.depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(self.dim, eps=EPSILON)
        self.apply(start_linear)
        if self.extra_tokens:
            self.class_token = nn.Parameter(torch.empty(self.dim).normal_(std=0.02))
        quarters = range(1, QUARTERS + 1)
        self.kept_blocks = sorted({-(-spec.depth * part // QUARTERS) for part in quarters})
        names = [f"block{number}" for number in self.kept_blocks]
        self.stage_dims = dict.fromkeys([*names, *["class"] * self.extra_tokens], self.dim)

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the tokens after each quarter of the blocks as maps, the last ones normed.

        With a class token, that one comes last, as a map of one position.
        """
        height, width = (grid_of(length, self.patch) for length in images.shape[-2:])
        tokens = self._embedded(images, None)
        maps: dict[str, Tensor] = {}
        for number, block in enumerate(self.blocks, start=1):
            tokens = block(tokens)
            if number in self.kept_blocks:
                seen = self.norm(tokens) if number == len(self.blocks) else tokens
                patches = seen[:, self.extra_tokens :]
                maps[f"block{number}"] = patches.transpose(1, 2).unflatten(2, (height, width))
        if self.extra_tokens:
            maps["class"] = self.norm(tokens[:, 0])[:, :, None, None]
        return maps

    def pool(self, features: Tensor) -> Tensor:
        """Return the mean over positions  # (batch, dim)."""
        return features.mean(dim=(2, 3))

    def tokens(self, images: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return normed tokens of the kept patches, after a class token if there is one."""
        tokens = self._embedded(images, kept)
        for block in self.blocks:
            tokens = block(tokens)
        normed: Tensor = self.norm(tokens)
        return normed

    def attention(self, images: Tensor) -> Tensor:
        """Return how the last block's tokens look at each other.

        # (batch, heads, tokens, tokens), a class token before the patches
        """
        tokens = self._embedded(images, None)
        for block in self.blocks[:-1]:
            tokens = block(tokens)
        return cast(TransformerBlock, self.blocks[-1]).attention_weights(tokens)

    def positions(self, height: int, width: int, dim: int) -> Tensor:
        """Return where the patches of such images lie, as vectors  # (patches, dim)."""
        rows, columns = (self._places(grid_of(length, self.patch)) for length in (height, width))
        return plane_positions(rows, columns, dim)

    def _places(self, count: int) -> Tensor:
        """Return the middles of patches, measured in patches of the view it was built for."""
        numbers = torch.arange(count, dtype=torch.float32, device=self.embedding.weight.device)
        return (numbers + 0.5) * (self.grid / count) - 0.5

    def _embedded(self, images: Tensor, kept: Tensor | None) -> Tensor:
        patches = patches_of(images, self.patch)
        positions = self.positions(images.shape[-2], images.shape[-1], self.dim)
        if kept is not None:
            # Hidden patches are dropped before anything is computed from them.
            patches = chosen(patches, kept)
            positions = positions[kept]
        tokens: Tensor = self.embedding(patches)
        tokens = tokens + positions.to(tokens.dtype)
        if self.extra_tokens:
            first = self.class_token.to(tokens.dtype).expand(tokens.shape[0], 1, -1)
            tokens = torch.cat([first, tokens], dim=1)
        return tokens


def build(spec: VitSpec, context: BuildContext) -> Vit:
    """Return an untrained network; its plane is the grid of the run's first view."""
    return Vit(spec, context.channels, context.view_size)


ENTRY = Entry(
    title="ViT",
    spec=VitSpec,
    build=build,
    summary="A transformer over patches; slow to learn, the one that masked autoencoders need.",
    citation="Dosovitskiy et al. 2021, arXiv:2010.11929",
)
