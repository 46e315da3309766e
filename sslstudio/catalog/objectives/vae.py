"""Variational autoencoder (Kingma & Welling 2014, arXiv:1312.6114, eq. 3 and appendix B).

The encoder gives a normal distribution of codes, q(z|x) = N(mean, deviation^2); a code is drawn,
z = mean + deviation * noise, and the decoder paints x from it:
loss = -E log p(x|z) + beta KL(q(z|x) || N(0, 1)), in nats for each image, with
KL = 1/2 sum over units of (mean^2 + deviation^2 - log deviation^2 - 1).
beta = 1 is the bound of the paper, a larger one asks for independent units (Higgins et al. 2017,
ICLR, eq. 4). `free_bits` is the information in nats, averaged over the batch, below which a unit
costs nothing: sum over units of max(free, mean KL) (Kingma et al. 2016, arXiv:1606.04934, eq. 15).
A unit is active if the variance over images of its mean is above .01 (Burda et al. 2016,
arXiv:1509.00519, section 5.2).

Mean and log variance are one linear layer on h: h is what is kept and exported, the mean is what
`project` gives and what the maps of z show.

Departures: a Gaussian picture noise of fixed deviation, its constant left out of the loss, or the
Bernoulli cross-entropy of pixels in [0, 1] though they are no coin tosses; convolutional networks;
the log variance stays within +-10; every view of the pipelines is an image of its own, resized to
the first one's size.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.decoder import Decoder, DecoderWidth
from sslstudio.engine.latent import CodeLength, GaussianHead
from sslstudio.engine.modes import full_precision
from sslstudio.engine.originals import Originals
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages

ACTIVE: Final = 0.01
SHOWN: Final = 8


class VaeSpec(ObjectiveSpec):
    """Paint the image from a random code near a simple distribution."""

    kind: Literal["vae"] = "vae"
    paints_from_noise: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("head", "decoder")
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("images", "loss"),)
    latent: CodeLength = 64
    beta: Annotated[
        float,
        Range(0.01, 100.0, log=True),
        Ui("Beta", "Price of information in the code; 1 is the bound itself.", live=True),
    ] = 1.0
    free_bits: Annotated[
        float,
        Range(0.0, 2.0),
        Ui(
            "Free bits",
            "Information that each unit may carry at no price; keeps units from falling silent.",
            unit="nats",
        ),
    ] = 0.0
    likelihood: Annotated[
        Literal["gaussian", "bernoulli"],
        Ui("Likelihood", "Squared error by pixel, or cross-entropy between black and white."),
    ] = "gaussian"
    noise: Annotated[
        float,
        Range(0.02, 1.0, log=True),
        Ui(
            "Picture noise",
            "Deviation that the Gaussian likelihood expects; a smaller one asks for sharper "
            "pictures and leaves the code more to say.",
            unit="of the range",
        ),
    ] = 0.1
    decoder_width: DecoderWidth = 16


class Costs(NamedTuple):
    """What one view costs."""

    reconstruction: Tensor  # (batch,), nats
    divergence: Tensor  # (batch, latent), nats
    mean: Tensor  # (batch, latent)
    explained: Tensor  # scalar


class Vae(Objective):
    """Encoder with a head to a distribution of codes, and decoder."""

    shown_noise: Tensor

    def __init__(self, spec: VaeSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.head = GaussianHead(self.encoder.dim, spec.latent)
        channels, size, width = context.channels, context.view_size, spec.decoder_width
        self.decoder = Decoder(spec.latent, channels=channels, size=size, width=width)
        self.originals = Originals(context)
        self.register_buffer("shown_noise", torch.randn(SHOWN, spec.latent))

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the bound and its two parts, the active units, and the variance explained."""
        del player
        costs = [self._costs(view) for view in batch.views]
        reconstruction = torch.stack([cost.reconstruction for cost in costs]).mean()
        divergence = torch.cat([cost.divergence for cost in costs]).mean(dim=0)  # (latent,)
        means = torch.cat([cost.mean.detach() for cost in costs])
        price = divergence.clamp_min(self.spec.free_bits).sum()
        return {
            "loss": reconstruction + self.spec.beta * price,
            "reconstruction": reconstruction,
            "kl": divergence.sum(),
            "active units": (means.var(dim=0, unbiased=False) > ACTIVE).float().sum(),
            "explained": torch.stack([cost.explained for cost in costs]).mean(),
        }

    def image_losses(self, batch: Batch, /) -> Tensor | None:
        """Return each image's bound over its views  # (batch,); None where bits are free."""
        if self.spec.free_bits > 0.0:
            return None
        costs = [self._costs(view) for view in batch.views]
        bounds = [
            cost.reconstruction + self.spec.beta * cost.divergence.sum(dim=1) for cost in costs
        ]
        return torch.stack(bounds).mean(dim=0)

    def _costs(self, view: Tensor) -> Costs:
        clean = self.originals.of(view)
        codes = self.head(self.encoder(self.originals.scale.normalised(clean)))
        logits = self.decoder(codes.drawn()).float()
        with full_precision(logits):
            squares = (logits.sigmoid() - clean).square()
            nats = squares / (2.0 * self.spec.noise**2)
            if self.spec.likelihood == "bernoulli":
                nats = F.binary_cross_entropy_with_logits(logits, clean, reduction="none")
            explained = self.originals.explained(squares, clean, torch.ones_like(clean[:, :1]))
            return Costs(nats.flatten(1).sum(dim=1), codes.divergence(), codes.mean, explained)

    def anchors(self) -> tuple[Anchor, ...]:
        """Return where the code says nothing, where all units speak, and the mean image."""
        silent = "The code is the same noise for every image: the posterior has collapsed."
        return (
            Anchor(term="kl", label="says nothing", value=0.0, meaning=silent, kind="collapse"),
            Anchor(
                term="active units",
                label="says nothing",
                value=0.0,
                meaning=silent,
                kind="collapse",
            ),
            Anchor(
                term="active units",
                label="all units",
                value=float(self.spec.latent),
                meaning="Every unit of the code differs between images.",
                kind="bound",
            ),
            *self.originals.anchors(),
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, measure the normalisation and the mean image."""
        del generator
        if epoch == 0:
            self.originals.observe(images)

    def project(self, h: Tensor) -> Tensor:
        """Return the mean of an image's codes  # (batch, dim) -> (batch, latent)."""
        return self.head.mean(h)

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views, views painted from their mean codes, and pictures of fixed noise."""
        clean = self.originals.of(batch.views[0][:SHOWN])
        codes = self.project(self.encoder(self.originals.scale.normalised(clean)))
        return {
            "Input": clean,
            "Reconstruction": self._painted(codes),
            "Samples": self._painted(self.shown_noise),
        }

    def samples(self, count: int, generator: torch.Generator, /) -> Tensor:
        """Return images painted from noise  # (count, channels, height, width), in [0, 1]."""
        noise = torch.randn(count, self.spec.latent, generator=generator)
        return self._painted(noise.to(self.shown_noise.device))

    def _painted(self, codes: Tensor) -> Tensor:
        pixels: Tensor = self.decoder(codes).float().sigmoid()
        return pixels

    def live(self) -> dict[str, Objective]:
        """Return this objective, whose beta may change while training."""
        return {"objective": self}


def build(spec: VaeSpec, context: BuildContext) -> Vae:
    """Return the objective for the run's views."""
    return Vae(spec, context)


ENTRY = Entry(
    title="Variational autoencoder",
    spec=VaeSpec,
    build=build,
    summary="Paint the image from a random code; new images can be drawn from the prior.",
    citation="Kingma & Welling 2014, arXiv:1312.6114; Higgins et al. 2017, ICLR",
)
