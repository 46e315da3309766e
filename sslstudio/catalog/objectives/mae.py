"""Masked autoencoder (He et al. 2022, arXiv:2111.06377, section 3).

A random share of the patches is hidden; the encoder sees the others only, and a small decoder of
its own, given the visible tokens and one learned token in every hidden place, paints what is
hidden: loss = mean over hidden patches of the mean of (painted - patch)^2, where each patch is
taken in normalised pixels and, by default, brought to mean 0 and variance 1 itself:
patch' = (patch - mean) / sqrt(variance + 1e-6), the variance unbiased as in the authors' code.

A class token is never hidden and not counted: exactly round(masking * patches) patches are hidden.

Departures: a decoder of 2 blocks instead of 8, as fits small images; every view of the pipelines
is masked, not just one; views that the patch does not divide have their borders repeated.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, NamedTuple

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages
from sslstudio.engine.patches import PatchEncoder, chosen, grid_of, image_of, patches_of
from sslstudio.engine.transformer import EPSILON, TransformerBlock, start_linear

HEAD_WIDTH: Final = 32
SMALLEST_VARIANCE: Final = 1e-6
GREY: Final = 0.5
SHOWN: Final = 8


class MaeSpec(ObjectiveSpec):
    """Paint the hidden patches of an image from the visible ones."""

    kind: Literal["mae"] = "mae"
    needs_patches: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("decoder",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("images", "loss"),)
    masking: Annotated[
        float,
        Range(0.05, 0.95),
        Ui("Masking", "Share of the patches that are hidden from the encoder.", unit="share"),
    ] = 0.75
    normalised_targets: Annotated[
        bool,
        Ui(
            "Normalised targets",
            "Each patch is painted at mean 0 and variance 1, so that its structure counts and "
            "not its brightness.",
        ),
    ] = True
    decoder_width: Annotated[
        Literal[64, 128, 256, 512],
        Ui("Decoder width", "Width of the decoder's tokens.", unit="units", advanced=True),
    ] = 128
    decoder_depth: Annotated[
        int,
        Range(1, 8),
        Ui("Decoder depth", "Blocks of the decoder.", unit="blocks", advanced=True),
    ] = 2


class Split(NamedTuple):
    """Which patches of each image are visible and which are hidden."""

    visible: Tensor  # (batch, patches - hidden)
    hidden: Tensor  # (batch, hidden)


class PatchDecoder(nn.Module):
    """A small transformer that paints every patch from the visible ones' tokens."""

    def __init__(self, encoder: PatchEncoder, width: int, depth: int, channels: int) -> None:
        super().__init__()
        self.extra = encoder.extra_tokens
        self.narrow = nn.Linear(encoder.token_dim, width)
        self.blocks = nn.Sequential(
            *[TransformerBlock(width, width // HEAD_WIDTH) for _ in range(depth)]
        )
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.to_patches = nn.Linear(width, encoder.patch**2 * channels)
        self.apply(start_linear)
        self.hidden_token = nn.Parameter(torch.empty(width).normal_(std=0.02))

    def forward(self, tokens: Tensor, visible: Tensor, positions: Tensor) -> Tensor:
        """Return every patch as painted  # (batch, patches, values).

        Args:
            tokens: extra tokens, then the visible patches'  # (batch, extra + visible, dim)
            visible: the visible patches' numbers  # (batch, visible)
            positions: where all patches lie  # (patches, width)
        """
        narrow = self.narrow(tokens)
        first, seen = narrow[:, : self.extra], narrow[:, self.extra :]
        batch, width = len(seen), seen.shape[2]
        places = visible.unsqueeze(2).expand(-1, -1, width)
        blank = self.hidden_token.to(seen.dtype).expand(batch, len(positions), width)
        every = blank.scatter(1, places, seen) + positions.to(seen.dtype)
        painted = self.norm(self.blocks(torch.cat([first, every], dim=1)))
        patches: Tensor = self.to_patches(painted[:, self.extra :])
        return patches


class Mae(Objective):
    """Encoder over patches, and a decoder for the hidden ones."""

    def __init__(self, spec: MaeSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.channels = context.channels
        self.decoder = PatchDecoder(
            self.sight, spec.decoder_width, spec.decoder_depth, context.channels
        )
        self.scale = PixelScale(context)

    @property
    def sight(self) -> PatchEncoder:
        """The encoder, as one that may be shown some patches only."""
        return _patch_encoder(self.encoder)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the mean squared error of the hidden patches."""
        del player
        return {"loss": self.image_losses(batch).mean()}

    def image_losses(self, batch: Batch, /) -> Tensor:
        """Return each image's error on its hidden patches, over its views  # (batch,)."""
        return torch.stack([self._errors(view) for view in batch.views]).mean(dim=0)

    def _errors(self, view: Tensor) -> Tensor:
        split = self._split(view, None)
        painted = chosen(self._painted(view, split), split.hidden)
        with full_precision(painted):
            wanted = chosen(patches_of(view.float(), self.sight.patch), split.hidden)
            if self.spec.normalised_targets:
                wanted = (wanted - wanted.mean(dim=2, keepdim=True)) / _deviation(wanted)
            return (painted.float() - wanted).square().mean(dim=(1, 2))

    def _painted(self, view: Tensor, split: Split) -> Tensor:
        tokens = self.sight.tokens(view, split.visible)
        height, width = view.shape[-2:]
        positions = self.sight.positions(height, width, self.spec.decoder_width)
        painted: Tensor = self.decoder(tokens, split.visible, positions)
        return painted

    def _split(self, view: Tensor, generator: torch.Generator | None) -> Split:
        """Return a random split for each image, drawn on the CPU if by a generator of one's own."""
        patches = self._patches(view)
        device = view.device if generator is None else torch.device("cpu")
        drawn = torch.rand(len(view), patches, generator=generator, device=device)
        order = drawn.to(view.device).argsort(dim=1)
        hidden = min(max(1, round(self.spec.masking * patches)), patches - 1)
        return Split(order[:, hidden:], order[:, :hidden])

    def _patches(self, view: Tensor) -> int:
        height, width = (grid_of(length, self.sight.patch) for length in view.shape[-2:])
        return height * width

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what painting every patch in its own mean colour gives, and perfection."""
        bound = Anchor(
            term="loss",
            label="perfect",
            value=0.0,
            meaning="Every hidden pixel is painted exactly.",
            kind="bound",
        )
        if not self.spec.normalised_targets:
            return (bound,)
        values = self.sight.patch**2 * self.channels
        flat = Anchor(
            term="loss",
            label="flat patches",
            value=(values - 1) / values,
            meaning="Every hidden patch is painted in one colour, its own mean; patches that "
            "really are flat make the loss smaller than this.",
            kind="chance",
        )
        return flat, bound

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show what was painted."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views with their hidden patches in grey, always the same ones."""
        view = batch.views[0][:SHOWN]
        split = self._split(view, torch.Generator().manual_seed(0))
        patches = patches_of(self.scale.pixels(view), self.sight.patch)
        return {"Visible": self._image(_covered(patches, split.hidden, GREY), view)}

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views partly hidden, with the hidden patches as painted, and whole.

        Patches painted at mean 0 and variance 1 are shown with their own true mean and variance.
        """
        view = batch.views[0][:SHOWN]
        split = self._split(view, torch.Generator().manual_seed(0))
        real = patches_of(view.float(), self.sight.patch)
        painted = self._painted(view, split).float()
        if self.spec.normalised_targets:
            painted = painted * _deviation(real) + real.mean(dim=2, keepdim=True)
        places = split.hidden.unsqueeze(2).expand(-1, -1, real.shape[2])
        whole = real.scatter(1, places, chosen(painted, split.hidden))
        return {
            **self.stimulus(batch),
            "Painted": self.scale.pixels(self._image(whole, view)),
            "Whole": self.scale.pixels(view),
        }

    def _image(self, patches: Tensor, view: Tensor) -> Tensor:
        size = (view.shape[-2], view.shape[-1])
        return image_of(patches, self.sight.patch, self.channels, size)


def _deviation(patches: Tensor) -> Tensor:
    """Return each patch's deviation  # (batch, patches, 1)."""
    return (patches.var(dim=2, keepdim=True) + SMALLEST_VARIANCE).sqrt()


def _covered(patches: Tensor, hidden: Tensor, value: float) -> Tensor:
    """Return patches of which the hidden ones have this value everywhere."""
    return patches.scatter(1, hidden.unsqueeze(2).expand(-1, -1, patches.shape[2]), value)


def _patch_encoder(encoder: nn.Module) -> PatchEncoder:
    if isinstance(encoder, PatchEncoder):
        return encoder
    raise RecipeError(
        "objective: masked autoencoding hides patches from the encoder, and this encoder cannot "
        "be shown some patches only.",
        "Use the encoder `vit`.",
    )


def build(spec: MaeSpec, context: BuildContext) -> Mae:
    """Return the objective for the run's views; RecipeError if nothing could be hidden."""
    sight = _patch_encoder(context.require_encoder())
    smallest = min(context.view_sizes or (context.view_size,))
    if grid_of(smallest, sight.patch) < 2:
        raise RecipeError(
            f"encoder.patch: patches of {sight.patch} px leave one patch in views of "
            f"{smallest} px, of which none can be hidden.",
            "Choose smaller patches or larger views.",
        )
    return Mae(spec, context)


ENTRY = Entry(
    title="Masked autoencoder",
    spec=MaeSpec,
    build=build,
    summary="Hide most patches and paint them from the rest; needs the ViT encoder.",
    citation="He et al. 2022, arXiv:2111.06377",
)
