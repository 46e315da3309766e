"""BigBiGAN (Donahue & Simonyan 2019, arXiv:1907.02544, section 2, equations of figure 1).

Pairs (x, E(x)) and (G(z), z) as in BiGAN, judged by three scores of a joint discriminator:
s_x = u F(x) of the image alone, s_z = v H(z) of the code alone, s_xz = w J(F(x), H(z)) of both.
With y = 1 for (x, E(x)), y = -1 for (G(z), z) and h(t) = max(0, 1 - t):
D minimises h(y s_x) + h(y s_z) + h(y s_xz), E and G minimise y (s_x + s_z + s_xz), each as a mean
over both kinds of pair's sum. E draws its code: z = mean + deviation * noise.

Mean and log variance are a linear head on h, so that the kept representation is h and the mean
is what the maps of z show; the encoder learns at a multiple of the generator's rate (10 there).

Departures: the deviation is the exponential of half the log variance, not a softplus; a small
convolutional generator and trunk F instead of BigGAN's; sum pooling in F; no moving average of
the generator's weights; only the first view of an image is used.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.adversarial import ImageTrunk, normed_layer, normed_linear
from sslstudio.engine.decoder import Decoder
from sslstudio.engine.inference_game import InferenceGame, JudgeRate, PlayerWidth, Rules
from sslstudio.engine.latent import CodeLength, GaussianHead
from sslstudio.engine.originals import Originals
from sslstudio.engine.parts import BuildContext

SCORES: Final = 3


class BigbiganSpec(ObjectiveSpec):
    """Paint from noise and find an image's noise, against a judge of image, code and pair."""

    kind: Literal["bigbigan"] = "bigbigan"
    paints_from_noise: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("head", "discriminator")
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("generator", "discriminator"),)
    latent: CodeLength = 120
    width: PlayerWidth = 32
    encoder_rate: Annotated[
        float,
        Range(0.1, 20.0, log=True),
        Ui("Encoder rate", "Multiplies the learning rate of the encoder."),
    ] = 10.0
    discriminator_rate: JudgeRate = 1.0


class JointDiscriminator(nn.Module):
    """Judges the image, the code, and whether they belong together."""

    def __init__(self, trunk: ImageTrunk, latent: int, width: int) -> None:
        super().__init__()
        hidden = 8 * width
        self.image = trunk
        self.code = nn.Sequential(normed_layer(latent, hidden), normed_layer(hidden, hidden))
        self.pair = nn.Sequential(
            normed_layer(trunk.dim + hidden, hidden), normed_layer(hidden, hidden)
        )
        self.score_image = normed_linear(trunk.dim, 1)
        self.score_code = normed_linear(hidden, 1)
        self.score_pair = normed_linear(hidden, 1)

    def forward(self, pixels: Tensor, code: Tensor) -> Tensor:
        """Return s_x, s_z and s_xz of each pair, high where it looks real  # (batch, 3)."""
        seen, read = self.image(pixels), self.code(code)
        both = self.pair(torch.cat([seen, read], dim=1))
        scores = [self.score_image(seen), self.score_code(read), self.score_pair(both)]
        return torch.cat(scores, dim=1)


def build(spec: BigbiganSpec, context: BuildContext) -> InferenceGame:
    """Return the objective for the run's views."""
    encoder, channels, size = context.require_encoder(), context.channels, context.view_size
    trunk = ImageTrunk(channels=channels, size=size, width=spec.width)
    return InferenceGame(
        Rules(
            "hinge",
            spec.latent,
            scores=SCORES,
            encoder_rate=spec.encoder_rate,
            # The paper's encoder ends in the code: its head learns as it does.
            head_rate=spec.encoder_rate,
            discriminator_rate=spec.discriminator_rate,
        ),
        (encoder, GaussianHead(encoder.dim, spec.latent)),
        Decoder(spec.latent, channels=channels, size=size, width=spec.width),
        JointDiscriminator(trunk, spec.latent, spec.width),
        Originals(context),
    )


ENTRY = Entry(
    title="BigBiGAN",
    spec=BigbiganSpec,
    build=build,
    summary="BiGAN with a random encoder and scores for image, code and pair; slow on a CPU.",
    citation="Donahue & Simonyan 2019, arXiv:1907.02544",
)
