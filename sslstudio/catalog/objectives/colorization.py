"""Colorization (Zhang et al. 2016, arXiv:1603.08511, section 2).

The encoder sees the lightness L of an image, in one channel; a decoder on its last map names the
colour of each pixel among Q bins of CIE Lab's a and b. With Z the soft label of a pixel (its five
nearest bins, by a Gaussian of the distance) and v the weight of its nearest bin,
loss = - sum over pixels of v sum over q of Z_q log p_q / sum over pixels of v (eq. 2 and 3).
Weights are 1 / ((1 - lambda) p + lambda / Q), p being how often the training images have that
colour, smoothed by the same Gaussian (eq. 4), so that rare bright colours are not drowned by grey.
Pictures show the annealed mean of the answer at temperature .38 (eq. 5).

Departures: the loss is divided by the weights of the batch, so that a uniform answer costs ln Q
whatever the batch; the decoder is three convolutions between enlargements on any encoder's last
map instead of dilated ones inside the network; the answer has the size of the second view (the
paper: a quarter of the image); sRGB meets 261 bins of 10 units here (the paper counts 313), and
below 64 px bins have 20 units, 76 in number, and the Gaussian's deviation follows, half a bin.

The first view keeps `lightness`, the second `chroma` with the first one's draws. Because the
conversion belongs to the pipeline, evaluation, monitors and export feed the encoder one channel
of L as well. Grey images have nothing to ask for and are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import DataError, RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.answers import chance
from sslstudio.engine.colour_bins import ColourBins
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.imaging.lab import chroma, from_lab, unscaled
from sslstudio.engine.map_decoder import MapDecoder
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages

LARGE_IMAGE: Final = 64
CHANNELS: Final = (1, 2)
SHOWN: Final = 8
LEAST_COLOUR: Final = 2.0 / 220.0
"""Two units of a or b: less is the rounding of a grey image's bytes."""


class ColorizationSpec(ObjectiveSpec):
    """Name the colour of every pixel of an image whose lightness alone is seen."""

    kind: Literal["colorization"] = "colorization"
    minimum_views: ClassVar[int] = 2
    asks_channels: ClassVar[tuple[int, ...]] = CHANNELS
    chain: ClassVar[tuple[str, ...]] = ("decoder",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("views.1", "loss"),)
    bin_size: Annotated[
        float | None,
        Range(5.0, 40.0),
        Ui(
            "Bin size",
            "Side of a bin of colours; empty takes the paper's 10, and 20 below 64 px.",
            unit="units of a and b",
        ),
    ] = None
    sigma: Annotated[
        float | None,
        Range(1.0, 40.0),
        Ui(
            "Softness",
            "Deviation of the soft labels and of the smoothed counts; empty takes half a bin.",
            unit="units of a and b",
            advanced=True,
        ),
    ] = None
    rebalancing: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Rebalancing",
            "0 weights colours by how rare they are, 1 weights all alike.",
            unit="share",
        ),
    ] = 0.5
    temperature: Annotated[
        float,
        Range(0.01, 1.0),
        Ui(
            "Picture temperature",
            "1 shows the mean colour of the answer, which is dull; small values the likeliest.",
            live=True,
        ),
    ] = 0.38
    width: Annotated[
        int,
        Range(8, 256, log=True),
        Ui("Decoder width", "Channels of the decoder.", unit="channels", advanced=True),
    ] = 64


class Colorization(Objective):
    """Encoder of lightness, decoder to bins of colour, and the bins' weights."""

    weights: Tensor

    def __init__(self, spec: ColorizationSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        # L has no mean and deviation of its own until the run is observed.
        self.scale = PixelScale(replace(context, channels=1, channel_mean=(), channel_std=()))
        spacing = spec.bin_size or (10.0 if context.view_size >= LARGE_IMAGE else 20.0)
        self.bins = ColourBins(spacing, spec.sigma or spacing / 2)
        sides = context.view_sizes or (context.view_size,) * 2
        self.decoder = MapDecoder(
            self.encoder.dim, self.bins.count, side=sides[1], width=spec.width
        )
        self.register_buffer("weights", torch.ones(self.bins.count))

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the weighted cross-entropy, and the share of colours hit by the same weights."""
        del player
        losses, hits, weights = self._graded(batch)
        total = weights.sum()
        return {
            "loss": (weights * losses).sum() / total,
            "accuracy": (weights * hits).sum() / total,
        }

    def image_losses(self, batch: Batch, /) -> Tensor:
        """Return each image's weighted cross-entropy, by the batch's mean weight  # (batch,)."""
        losses, _, weights = self._graded(batch)
        priced = (weights * losses).view(len(batch.views[0]), -1).mean(dim=1)
        return priced / weights.mean()

    def _graded(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return cross-entropy, hit or miss, and weight of every pixel  # (pixels,) each."""
        light, colour = batch.views[:2]
        logits = self._answers(light).float().permute(0, 2, 3, 1).flatten(0, 2)  # (pixels, bins)
        bins, shares = self.bins.soft(colour.permute(0, 2, 3, 1).flatten(0, 2))
        with full_precision(logits):
            likely = F.log_softmax(logits, dim=1).gather(1, bins)  # (pixels, 5)
            losses = -(shares * likely).sum(dim=1)
        nearest = bins[:, 0]
        return losses, (logits.argmax(dim=1) == nearest).float(), self.weights[nearest]

    def _answers(self, light: Tensor) -> Tensor:
        """Return a logit for each bin and pixel  # (batch, bins, side, side)."""
        features = list(self.encoder.stages(light).values())[-1]
        if features.ndim != 4 or features.shape[1] != self.encoder.dim:
            raise RecipeError(
                "The last layer of this encoder is no map of positions, so that pixels cannot be "
                "coloured from it.",
                "Choose the convnet, a ResNet, or a vision transformer without a class token.",
            )
        logits: Tensor = self.decoder(features)
        return logits

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what a uniform answer costs, and how often a blind guess is right."""
        return chance(self.bins.count, "Every colour looks equally likely at every pixel.")

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, count the training images' colours; DataError if all are grey."""
        del generator
        if epoch > 0:
            return
        self.scale.observe(images)
        counts, strongest = torch.zeros_like(self.weights), torch.zeros_like(self.weights[0])
        for _, pictures in images.batches():
            colours = chroma(pictures).permute(0, 2, 3, 1).flatten(0, 2)
            strongest = torch.maximum(strongest, (colours - 0.5).abs().max())
            nearest = self.bins.nearest(colours)
            counts += torch.bincount(nearest, minlength=self.bins.count)
        if float(strongest) < LEAST_COLOUR:
            raise DataError(
                "All training images are grey, so there are no colours to learn from.",
                "Choose other images, or an objective that needs no colours.",
            )
        self.weights.copy_(self.bins.weights(counts, self.spec.rebalancing))

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the lightness seen, the model's colours on it, and the true ones."""
        view, colour = (part[:SHOWN] for part in batch.views[:2])
        light = self.scale.pixels(view)
        answer = self.bins.annealed_mean(self._answers(view), self.spec.temperature)
        return {
            "Input": light.expand(-1, 3, -1, -1),
            "Model's colours": _coloured(light, answer),
            "True colours": _coloured(light, colour),
        }

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose picture temperature may change while training."""
        return {"objective": self}


def _coloured(light: Tensor, colour: Tensor) -> Tensor:
    """Return pictures from lightness and colours of another size, both scaled to [0, 1]."""
    large = F.interpolate(colour, list(light.shape[-2:]), mode="bilinear", antialias=True)
    return from_lab(unscaled(light, large))


def build(spec: ColorizationSpec, context: BuildContext) -> Colorization:
    """Return the objective; RecipeError unless the views are lightness and chroma."""
    channels = context.view_channels or (context.channels,) * context.views
    if channels != CHANNELS:
        raise RecipeError(
            f"Colorization reads lightness in one view and asks for the chroma of another; "
            f"these views have {' and '.join(map(str, channels))} channels.",
            "End the first pipeline with lightness and normalise, the second with chroma.",
        )
    return Colorization(spec, context)


ENTRY = Entry(
    title="Colorization",
    spec=ColorizationSpec,
    build=build,
    summary="Name the colours of a picture that is seen in grey; needs images with colours.",
    citation="Zhang et al. 2016, arXiv:1603.08511",
)
