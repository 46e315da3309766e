"""BiGAN, also ALI (Donahue et al. 2017, arXiv:1605.09782; Dumoulin et al. 2017, arXiv:1606.00704).

A discriminator D sees pairs: (x, E(x)) of a real image and its code, or (G(z), z) of a painted
image and the z ~ N(0, 1) it was painted from. To fool D, E must become the inverse of G.
With s = D's logit, high for (x, E(x)):
logistic (both papers): D minimises softplus(-s(x, E x)) + softplus(s(G z, z)), E and G minimise
softplus(s(x, E x)) + softplus(-s(G z, z)), the swapped labels of Donahue et al., section 3.5;
hinge (BigBiGAN, Donahue & Simonyan 2019, arXiv:1907.02544): D minimises relu(1 - s) + relu(1 + s),
E and G minimise s(x, E x) - s(G z, z).

The code E(x) is a linear head on h, so that the kept representation is h. Departures: spectral
norm in D (Miyato et al. 2018, arXiv:1802.05957), a deterministic E, the generator upsamples and
convolves instead of transposed convolutions, sum pooling in D so that any size from 8 px works,
and only the first view of an image is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.decoder import SMALLEST_MAP, Decoder, PixelScale
from sslstudio.engine.modes import held_still
from sslstudio.engine.parts import (
    Anchor,
    Batch,
    BuildContext,
    Objective,
    ParameterGroup,
    Player,
    TrainingImages,
)

DISCRIMINATOR: Final = "discriminator"
PAINTERS: Final = "generator and encoder"
SHOWN: Final = 8


class BiganSpec(ObjectiveSpec):
    """Learn to paint images from noise, and to find the noise of an image."""

    kind: Literal["bigan"] = "bigan"
    latent: Annotated[
        int,
        Range(2, 512, log=True),
        Ui("Latent", "Length of the code that images are painted from.", unit="units"),
    ] = 64
    loss: Annotated[
        Literal["logistic", "hinge"],
        Ui("Loss", "Logistic as in the paper; hinge as in BigBiGAN."),
    ] = "logistic"
    width: Annotated[
        int,
        Range(8, 128, log=True),
        Ui("Width", "Channels of generator and discriminator at full size.", unit="channels"),
    ] = 32
    encoder_rate: Annotated[
        float,
        Range(0.1, 20.0, log=True),
        Ui("Encoder rate", "Multiplies the learning rate of the encoder.", advanced=True),
    ] = 1.0


class Discriminator(nn.Module):
    """Judges pairs of an image and a code."""

    def __init__(self, *, channels: int, size: int, latent: int, width: int) -> None:
        super().__init__()
        halvings = (size // SMALLEST_MAP).bit_length() - 1
        widths = [channels, *[min(width * 2**level, 8 * width) for level in range(halvings)]]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers.append(spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1)))
            layers.append(nn.LeakyReLU(0.2))
        self.image = nn.Sequential(*layers)
        both = widths[-1] + 4 * width
        self.code = nn.Sequential(spectral_norm(nn.Linear(latent, 4 * width)), nn.LeakyReLU(0.2))
        self.pair = nn.Sequential(
            spectral_norm(nn.Linear(both, 8 * width)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Linear(8 * width, 1)),
        )

    def forward(self, pixels: Tensor, code: Tensor) -> Tensor:
        """Return a logit for each pair, high where it looks real  # (batch,)."""
        seen = self.image(2.0 * pixels - 1.0).sum(dim=(2, 3))
        logits: Tensor = self.pair(torch.cat([seen, self.code(code)], dim=1))[:, 0]
        return logits


class Bigan(Objective):
    """Encoder with a head to codes, generator and discriminator."""

    shown_noise: Tensor

    def __init__(self, spec: BiganSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.head = nn.Linear(self.encoder.dim, spec.latent)
        channels, size = context.channels, context.view_size
        self.generator = Decoder(spec.latent, channels=channels, size=size, width=spec.width)
        self.discriminator = Discriminator(
            channels=channels, size=size, latent=spec.latent, width=spec.width
        )
        self.scale = PixelScale(context)
        self.register_buffer("shown_noise", torch.randn(SHOWN, spec.latent))

    def players(self) -> tuple[Player, ...]:
        """Return the discriminator, then generator and encoder against it."""
        painting = [*self.generator.parameters(), *self.head.parameters()]
        return (
            Player(name=DISCRIMINATOR, groups=(_group(self.discriminator.parameters()),)),
            Player(
                name=PAINTERS,
                groups=(
                    _group(painting),
                    _group(self.encoder.parameters(), self.spec.encoder_rate),
                ),
            ),
        )

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return this player's loss; for the discriminator also its share of right answers."""
        view = batch.views[0]
        noise = torch.randn(len(view), self.spec.latent, device=view.device)
        if player == DISCRIMINATOR:
            with torch.no_grad():
                code, painted = self._answers(view, noise)
            real, fake = self._judge(view, code, painted, noise)
            right = torch.cat([real > 0, fake < 0]).float().mean()
            return {"loss": self._losses(real, fake)[player], "accuracy": right}
        with held_still(self.discriminator):
            code, painted = self._answers(view, noise)
            real, fake = self._judge(view, code, painted, noise)
        return {"loss": self._losses(real, fake)[player]}

    def _answers(self, view: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        return self.project(self.encoder(view)), self.generator(noise)

    def _judge(
        self, view: Tensor, code: Tensor, painted: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the logits of the real and of the painted pairs, in float32."""
        images = torch.cat([self.scale.pixels(view), painted])
        logits = self.discriminator(images, torch.cat([code, noise])).float()
        real, fake = logits.chunk(2)
        return real, fake

    def _losses(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        if self.spec.loss == "hinge":
            return {
                DISCRIMINATOR: (F.relu(1.0 - real) + F.relu(1.0 + fake)).mean(),
                PAINTERS: (real - fake).mean(),
            }
        return {
            DISCRIMINATOR: (F.softplus(-real) + F.softplus(fake)).mean(),
            PAINTERS: (F.softplus(real) + F.softplus(-fake)).mean(),
        }

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the values at which the discriminator cannot tell the pairs apart."""
        hinge = self.spec.loss == "hinge"
        meaning = "Logits are zero: real and painted pairs look the same."
        values = {
            f"{DISCRIMINATOR}: loss": 2.0 if hinge else math.log(4.0),
            f"{PAINTERS}: loss": 0.0 if hinge else math.log(4.0),
            f"{DISCRIMINATOR}: accuracy": 0.5,
        }
        return tuple(
            Anchor(term=term, label="cannot tell", value=value, meaning=meaning)
            for term, value in values.items()
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises: the generator paints in [0, 1]."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def project(self, h: Tensor) -> Tensor:
        """Return the code of an image  # (batch, dim) -> (batch, latent)."""
        code: Tensor = self.head(h)
        return code

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return images painted from fixed noise, views, and views painted from their codes."""
        views = batch.views[0][:SHOWN]
        samples = self.generator(self.shown_noise)
        again = self.generator(self.project(self.encoder(views)))
        return {
            "Samples": samples.float(),
            "Input": self.scale.pixels(views),
            "Reconstruction": again.float(),
        }


def _group(parameters: Iterable[nn.Parameter], rate: float = 1.0) -> ParameterGroup:
    return ParameterGroup(parameters=[p for p in parameters if p.requires_grad], rate=rate)


def build(spec: BiganSpec, context: BuildContext) -> Bigan:
    """Return the objective for the run's views."""
    return Bigan(spec, context)


ENTRY = Entry(
    title="BiGAN",
    spec=BiganSpec,
    build=build,
    summary="Paint images from noise and find the noise of images; slow on a CPU.",
    citation="Donahue et al. 2017, arXiv:1605.09782",
)
