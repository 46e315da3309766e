"""BiGAN, also ALI (Donahue et al. 2017, arXiv:1605.09782; Dumoulin et al. 2017, arXiv:1606.00704).

A discriminator D sees pairs: (x, E(x)) of a real image and its code, or (G(z), z) of a painted
image and the z ~ N(0, 1) it was painted from. To fool D, E must become the inverse of G.
With s = D's logit, high for (x, E(x)):
logistic (both papers): D minimises softplus(-s(x, E x)) + softplus(s(G z, z)), E and G minimise
softplus(s(x, E x)) + softplus(-s(G z, z)), the swapped labels of Donahue et al., section 3.5;
hinge (Lim & Ye 2017, arXiv:1705.02894): D minimises relu(1 - s) + relu(1 + s), E and G minimise
s(x, E x) - s(G z, z).

Where the game is won, E inverts G (theorem 2 of Donahue et al.): `inverted` is the mean cosine of
E(G(z)) and z, which the game asks for, and `explained` the share of an image's pixels that G(E(x))
gives back, which nobody asks for and which swings from run to run in short games. The code E(x) is
a linear head on h, so that the kept representation is h.

Departures: spectral norm in D (Miyato et al. 2018, arXiv:1802.05957), a deterministic E, the
generator upsamples and convolves instead of transposed convolutions, sum pooling in D so that any
size from 8 px works; the head learns at the generator's rate; only the first view of an image is
used.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.adversarial import ImageTrunk, normed_layer, normed_linear
from sslstudio.engine.decoder import Decoder
from sslstudio.engine.inference_game import InferenceGame, JudgeRate, PlayerWidth, Rules
from sslstudio.engine.latent import CodeLength, PointHead
from sslstudio.engine.originals import Originals
from sslstudio.engine.parts import BuildContext


class BiganSpec(ObjectiveSpec):
    """Learn to paint images from noise, and to find the noise of an image."""

    kind: Literal["bigan"] = "bigan"
    paints_from_noise: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("head", "discriminator")
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("generator", "discriminator"),)
    latent: CodeLength = 64
    loss: Annotated[
        Literal["logistic", "hinge"],
        Ui("Loss", "Logistic as in the paper; hinge as in BigBiGAN."),
    ] = "logistic"
    width: PlayerWidth = 32
    encoder_rate: Annotated[
        float,
        Range(0.1, 20.0, log=True),
        Ui("Encoder rate", "Multiplies the learning rate of the encoder.", advanced=True),
    ] = 1.0
    discriminator_rate: JudgeRate = 1.0


class PairDiscriminator(nn.Module):
    """Judges pairs of an image and a code by one score."""

    def __init__(self, trunk: ImageTrunk, latent: int, width: int) -> None:
        super().__init__()
        self.image = trunk
        self.code = normed_layer(latent, 4 * width)
        self.pair = nn.Sequential(
            normed_layer(trunk.dim + 4 * width, 8 * width), normed_linear(8 * width, 1)
        )

    def forward(self, pixels: Tensor, code: Tensor) -> Tensor:
        """Return a logit for each pair, high where it looks real  # (batch, 1)."""
        logits: Tensor = self.pair(torch.cat([self.image(pixels), self.code(code)], dim=1))
        return logits


def build(spec: BiganSpec, context: BuildContext) -> InferenceGame:
    """Return the objective for the run's views."""
    encoder, channels, size = context.require_encoder(), context.channels, context.view_size
    trunk = ImageTrunk(channels=channels, size=size, width=spec.width)
    return InferenceGame(
        Rules(
            price=spec.loss,
            latent=spec.latent,
            encoder_rate=spec.encoder_rate,
            discriminator_rate=spec.discriminator_rate,
        ),
        (encoder, PointHead(encoder.dim, spec.latent)),
        Decoder(spec.latent, channels=channels, size=size, width=spec.width),
        PairDiscriminator(trunk, spec.latent, spec.width),
        Originals(context),
    )


ENTRY = Entry(
    title="BiGAN",
    spec=BiganSpec,
    build=build,
    summary="Paint images from noise and find the noise of images; slow on a CPU.",
    citation="Donahue et al. 2017, arXiv:1605.09782",
)
