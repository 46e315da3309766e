"""Denoising autoencoder (Vincent et al. 2008, doi:10.1145/1390156.1390294, section 2.3).

The encoder sees a corrupted image, the decoder paints the clean one: loss = mean over pixels of
(g(f(corrupted x)) - x)^2, in [0, 1]. Corruption is additive Gaussian noise, masking noise (pixels
set to black, all channels of a position together), or both; with neither this is a plain
autoencoder. Departures: squared error instead of cross-entropy, a convolutional decoder instead
of tied weights, end-to-end training instead of layer by layer. x is each view, so that flips
and crops of the pipeline enlarge the data; its normalisation is undone before the corruption. A
view of another size than the first one's is resized to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.decoder import Decoder, PixelScale
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages

SHOWN: Final = 8


class DenoisingAutoencoderSpec(ObjectiveSpec):
    """Paint the clean image from the representation of a corrupted one."""

    kind: Literal["denoising-autoencoder"] = "denoising-autoencoder"
    noise: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Noise",
            "Standard deviation of the Gaussian noise that is added to every pixel.",
            unit="of the range",
            live=True,
        ),
    ] = 0.2
    masking: Annotated[
        float,
        Range(0.0, 0.95),
        Ui("Masking", "Share of the pixels that are set to black.", unit="share", live=True),
    ] = 0.25
    decoder_width: Annotated[
        int,
        Range(8, 128, log=True),
        Ui(
            "Decoder width",
            "Channels at full resolution; each smaller map has twice as many.",
            unit="channels",
            advanced=True,
        ),
    ] = 16


class DenoisingAutoencoder(Objective):
    """Corruption, encoder and decoder."""

    mean_image_error: Tensor

    def __init__(self, spec: DenoisingAutoencoderSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.decoder = Decoder(
            self.encoder.dim,
            channels=context.channels,
            size=context.view_size,
            width=spec.decoder_width,
        )
        self.scale = PixelScale(context)
        self.channel_variance = sum(std**2 for std in context.channel_std) / context.channels
        start = torch.tensor(self.channel_variance or 1.0)
        self.register_buffer("mean_image_error", start)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the mean squared error over all views, and the share of variance it explains."""
        del player
        loss = torch.stack([self._errors(view).mean() for view in batch.views]).mean()
        return {"loss": loss, "explained": 1.0 - loss.detach() / self.mean_image_error}

    def image_losses(self, batch: Batch, /) -> Tensor:
        """Return each image's mean squared error over its views  # (batch,)."""
        return torch.stack([self._errors(view) for view in batch.views]).mean(dim=0)

    def _errors(self, view: Tensor) -> Tensor:
        clean = self._clean(view)
        corrupted = self._corrupted(clean, torch.randn_like(clean), torch.rand_like(clean[:, :1]))
        return (self._painted(corrupted).float() - clean).square().flatten(1).mean(dim=1)

    def _clean(self, view: Tensor) -> Tensor:
        pixels = self.scale.pixels(view)
        if pixels.shape[-1] == self.decoder.size:
            return pixels
        side = [self.decoder.size, self.decoder.size]
        return F.interpolate(pixels, side, mode="bilinear", antialias=True)

    def _corrupted(self, clean: Tensor, normal: Tensor, uniform: Tensor) -> Tensor:
        """Return pixels with noise and holes; one draw of `uniform` serves all channels."""
        return (clean + self.spec.noise * normal) * (uniform >= self.spec.masking)

    def _painted(self, corrupted: Tensor) -> Tensor:
        painted: Tensor = self.decoder(self.encoder(self.scale.normalised(corrupted)))
        return painted

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what painting without looking at the image gives, and perfection."""
        anchors = [
            Anchor(
                term="explained",
                label="mean image",
                value=0.0,
                meaning="The decoder paints the mean of all training images, whatever it sees.",
                kind="chance",
            ),
            Anchor(
                term="explained",
                label="perfect",
                value=1.0,
                meaning="Every pixel is painted exactly.",
                kind="bound",
            ),
        ]
        if self.channel_variance:
            flat = Anchor(
                term="loss",
                label="flat colour",
                value=self.channel_variance,
                meaning="The decoder paints every pixel in the mean colour of the data set.",
            )
            anchors.append(flat)
        return tuple(anchors)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, measure normalisation and the pixels' variance."""
        del generator
        if epoch == 0:
            self.scale.observe(images)
            self.mean_image_error.copy_(_mean_image_error(images))

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views, the same corrupted (always alike), and what the decoder makes of those."""
        clean = self._clean(batch.views[0][:SHOWN])
        fixed = torch.Generator().manual_seed(0)
        normal = torch.randn(clean.shape, generator=fixed).to(clean.device)
        uniform = torch.rand(clean[:, :1].shape, generator=fixed).to(clean.device)
        corrupted = self._corrupted(clean, normal, uniform)
        return {
            "Input": clean,
            "Corrupted": corrupted.clamp(0.0, 1.0),
            "Reconstruction": self._painted(corrupted).float(),
        }

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose corruption may change while training."""
        return {"objective": self}


def _mean_image_error(images: TrainingImages) -> Tensor:
    """Return the mean over pixels of their variance over the training images."""
    count = images.count
    mean = sum(batch.sum(dim=0) for _, batch in images.batches()) / count
    squares = sum((batch - mean).square().sum(dim=0) for _, batch in images.batches())
    # Identical images have no variance; a tiny one keeps the share finite.
    return torch.as_tensor(squares / count).mean().clamp_min(1e-6)


def build(spec: DenoisingAutoencoderSpec, context: BuildContext) -> DenoisingAutoencoder:
    """Return the objective with a decoder for the run's views."""
    return DenoisingAutoencoder(spec, context)


ENTRY = Entry(
    title="Denoising autoencoder",
    spec=DenoisingAutoencoderSpec,
    build=build,
    summary="Paint the clean image from a corrupted one; with no corruption a plain autoencoder.",
    citation="Vincent et al. 2008, doi:10.1145/1390156.1390294",
)
