"""Adversarial inference: a generator and an encoder against a judge of (image, code) pairs."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.adversarial import (
    Price,
    adversary_loss,
    balance,
    balance_anchors,
    judge_loss,
    parameter_group,
    right_answers,
)
from sslstudio.engine.decoder import Decoder
from sslstudio.engine.latent import CodeHead
from sslstudio.engine.modes import evaluation, held_still
from sslstudio.engine.originals import Originals
from sslstudio.engine.parts import Anchor, Batch, Encoder, Objective, Player, TrainingImages

DISCRIMINATOR: Final = "discriminator"
PAINTERS: Final = "generator and encoder"
SHOWN: Final = 8
ASKED: Final = 32
"""Painted images whose noise is asked back at each step."""

PlayerWidth = Annotated[
    int,
    Range(8, 128, log=True),
    Ui("Width", "Channels of generator and discriminator at full size.", unit="channels"),
]
"""A field of these games, by the name `width`."""

JudgeRate = Annotated[
    float,
    Range(0.1, 20.0, log=True),
    Ui("Discriminator rate", "Multiplies the learning rate of the discriminator.", advanced=True),
]
"""A field of these games, by the name `discriminator_rate`.

A judge that learns faster than its adversaries lets the game settle (Heusel et al. 2017,
arXiv:1706.08500).
"""


class Rules(NamedTuple):
    """What a game is played by."""

    price: Price
    latent: int
    scores: int = 1
    """How many scores the discriminator gives each pair."""
    encoder_rate: float = 1.0
    head_rate: float = 1.0
    discriminator_rate: float = 1.0


class InferenceGame(Objective):
    """Encoder with a head to codes, generator, and a discriminator of pairs.

    The discriminator takes (pixels, codes) and returns scores  # (batch, scores).
    """

    shown_noise: Tensor

    def __init__(
        self,
        rules: Rules,
        seeing: tuple[Encoder, CodeHead],
        generator: Decoder,
        discriminator: nn.Module,
        originals: Originals,
    ) -> None:
        super().__init__()
        self.rules = rules
        self.encoder, self.head = seeing
        self.generator = generator
        self.discriminator = discriminator
        self.originals = originals
        self.register_buffer("shown_noise", torch.randn(SHOWN, rules.latent))

    def players(self) -> tuple[Player, ...]:
        """Return the discriminator, then generator and encoder against it."""
        rates = self.rules
        seeing = parameter_group(self.encoder.parameters(), rates.encoder_rate)
        coding = parameter_group(self.head.parameters(), rates.head_rate)
        judging = parameter_group(self.discriminator.parameters(), rates.discriminator_rate)
        painting = parameter_group(self.generator.parameters())
        return (
            Player(name=DISCRIMINATOR, groups=(judging,)),
            Player(name=PAINTERS, groups=(painting, coding, seeing)),
        )

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return this player's loss, and how well it does: right answers, or G(E(x)) against x."""
        view = batch.views[0]
        noise = torch.randn(len(view), self.rules.latent, device=view.device)
        if player == DISCRIMINATOR:
            with torch.no_grad():
                code, painted = self._answers(view, noise)
            real, fake = self._judge(view, code, painted, noise)
            loss = judge_loss(real, fake, self.rules.price)
            return {"loss": loss, "accuracy": right_answers(real, fake)}
        with held_still(self.discriminator):
            code, painted = self._answers(view, noise)
            real, fake = self._judge(view, code, painted, noise)
        return {
            "loss": adversary_loss(real, fake, self.rules.price),
            "inverted": self._inverted(painted[:ASKED], noise[:ASKED]),
            "explained": self._explained(view, code),
        }

    def _answers(self, view: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        return self.head.drawn(self.encoder(view)), self._painted(noise)

    def _painted(self, code: Tensor) -> Tensor:
        pixels: Tensor = self.generator(code).float().sigmoid()
        return pixels

    def _judge(
        self, view: Tensor, code: Tensor, painted: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the scores of the real and of the painted pairs, in float32."""
        images = torch.cat([self.originals.of(view), painted])
        scores = self.discriminator(images, torch.cat([code, noise])).float()
        real, fake = scores.chunk(2)
        return real, fake

    def _inverted(self, painted: Tensor, noise: Tensor) -> Tensor:
        """Return how close E(G(z)) points to z, as a mean cosine: 1 where E inverts G."""
        with evaluation(self.encoder):  # painted images must not move the norms' averages
            h = self.encoder(self.originals.scale.normalised(painted.detach()))
            return F.cosine_similarity(self.project(h).float(), noise, dim=1).mean()

    @torch.no_grad()
    def _explained(self, view: Tensor, code: Tensor) -> Tensor:
        clean = self.originals.of(view)
        again = self._painted(code)
        return self.originals.explained((again - clean).square(), clean, torch.ones_like(clean))

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the values where the judge cannot tell pairs apart, and the mean image's."""
        judge, adversaries = balance(self.rules.price, self.rules.scores)
        known = {
            f"{DISCRIMINATOR}: loss": judge,
            f"{PAINTERS}: loss": adversaries,
            f"{DISCRIMINATOR}: accuracy": 0.5,
        }
        term = f"{PAINTERS}: inverted"
        unrelated = Anchor(
            term=term,
            label="unrelated",
            value=0.0,
            meaning="The encoder says nothing about the noise that an image was painted from.",
            kind="chance",
        )
        meaning = "The encoder finds the noise of every painted image."
        inverse = Anchor(term=term, label="inverse", value=1.0, meaning=meaning, kind="bound")
        paints = self.originals.anchors(f"{PAINTERS}: ")
        return (*balance_anchors(known), unrelated, inverse, *paints)

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises: the generator paints in [0, 1]."""
        del generator
        if epoch == 0:
            self.originals.observe(images)

    def project(self, h: Tensor) -> Tensor:
        """Return the most likely code of an image  # (batch, dim) -> (batch, latent)."""
        return self.head.mean(h)

    def samples(self, count: int, generator: torch.Generator, /) -> Tensor:
        """Return images painted from noise  # (count, channels, height, width), in [0, 1]."""
        noise = torch.randn(count, self.rules.latent, generator=generator)
        return self._painted(noise.to(self.shown_noise.device))

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return images painted from fixed noise, views, and views painted from their codes."""
        views = batch.views[0][:SHOWN]
        return {
            "Samples": self._painted(self.shown_noise),
            "Input": self.originals.of(views),
            "Reconstruction": self._painted(self.project(self.encoder(views))),
        }
