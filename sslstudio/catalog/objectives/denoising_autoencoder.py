"""Denoising autoencoder (Vincent et al. 2008, doi:10.1145/1390156.1390294, section 2.3).

The encoder sees a corrupted image, the decoder paints the clean one: loss = mean over pixels of
(g(f(corrupted x)) - x)^2, in [0, 1]. Corruption is additive Gaussian noise, masking noise (pixels
set to black, all channels of a position together), or both; with neither this is a plain
autoencoder. Departures: squared error instead of cross-entropy, a convolutional decoder instead
of tied weights, end-to-end training instead of layer by layer. x is the view, so that flips and
crops of the pipeline enlarge the data; the pipeline's normalisation is undone for the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.decoder import Decoder, PixelScale
from sslstudio.engine.modes import evaluation
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages

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

    def __init__(self, spec: DenoisingAutoencoderSpec, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.noise = spec.noise
        self.masking = spec.masking
        self.scale = PixelScale(decoder.to_pixels.out_channels)
        self.register_buffer("mean_image_error", torch.tensor(0.0))

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the mean squared error over all views, and the share of variance it explains."""
        del player
        clean = self.scale.pixels(torch.cat(batch.views))
        painted = self.decoder(self.encoder(self.scale.normalised(self._corrupted(clean))))
        loss = (painted.float() - clean).square().mean()
        return {"loss": loss, "explained": 1.0 - loss / self.mean_image_error.clamp_min(1e-8)}

    def _corrupted(self, clean: Tensor) -> Tensor:
        noisy = clean + self.noise * torch.randn_like(clean)
        kept = torch.rand_like(clean[:, :1]) >= self.masking  # one draw for all channels
        return noisy * kept

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what painting the mean image gives; the error only once images were seen."""
        meaning = "The decoder paints the mean of all training images, whatever it is shown."
        explained = Anchor(
            term="explained", label="mean image", value=0.0, meaning=meaning, kind="chance"
        )
        perfect = Anchor(
            term="explained",
            label="perfect",
            value=1.0,
            meaning="Every pixel is painted exactly.",
            kind="bound",
        )
        if not float(self.mean_image_error):
            return (explained, perfect)
        error = float(self.mean_image_error)
        return (
            Anchor(term="loss", label="mean image", value=error, meaning=meaning, kind="chance"),
            explained,
            perfect,
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, measure normalisation and the pixels' variance."""
        del generator
        if epoch == 0:
            self.scale.observe(images)
            self.mean_image_error.copy_(_mean_image_error(images))

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views, the same corrupted, and what the decoder makes of those."""
        with evaluation(self):
            clean = self.scale.pixels(batch.views[0][:SHOWN])
            corrupted = self._corrupted(clean)
            painted = self.decoder(self.encoder(self.scale.normalised(corrupted)))
        return {
            "Input": clean,
            "Corrupted": corrupted.clamp(0.0, 1.0),
            "Reconstruction": painted.float(),
        }

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose corruption may change while training."""
        return {"objective": self}


def _mean_image_error(images: TrainingImages) -> Tensor:
    """Return the mean over pixels of their variance over the training images."""
    first = next(image for _, batch in images.batches() for image in batch)
    total = torch.zeros_like(first)
    squares = torch.zeros_like(first)
    for _, batch in images.batches():
        # Differences from one of the images keep the sums small enough for float32.
        difference = batch - first
        total += difference.sum(dim=0)
        squares += difference.square().sum(dim=0)
    return (squares / images.count - (total / images.count).square()).mean()


def build(spec: DenoisingAutoencoderSpec, context: BuildContext) -> DenoisingAutoencoder:
    """Return the objective with a decoder for the run's views."""
    encoder = context.require_encoder()
    decoder = Decoder(
        encoder.dim,
        channels=context.channels,
        size=context.view_size,
        width=spec.decoder_width,
    )
    return DenoisingAutoencoder(spec, encoder, decoder)


ENTRY = Entry(
    title="Denoising autoencoder",
    spec=DenoisingAutoencoderSpec,
    build=build,
    summary="Paint the clean image from a corrupted one; with no corruption a plain autoencoder.",
    citation="Vincent et al. 2008, doi:10.1145/1390156.1390294",
)
