"""Reconstruction: paint the clean picture from the representation of a spoilt one.

The objective of many classics, told apart by how the picture is spoilt: not at all (autoencoder),
by noise and holes (denoising autoencoder, Vincent et al. 2008, doi:10.1145/1390156.1390294,
section 2.3), by blur, by a missing block (context encoder, Pathak et al. 2016, arXiv:1604.07379).

error        mean over pixels of (g(f(c(x))) - x)^2 with x in [0, 1], or of the cross-entropy
             -x log g - (1 - x) log(1 - g); pixels that c changed are weighted by `emphasis` and
             the others by 1 - `emphasis` (alpha, beta in Vincent et al. 2010, JMLR 11, 4.3)
contraction  |df/dx|_F^2, the contractive penalty (Rifai et al. 2011, ICML, eq. 2), estimated by one
             derivative along random signs (Hutchinson 1990)
adversarial  softplus(-D(y)), where y is the picture with what was painted in the place of its
             spoilt pixels, and D is trained to tell y from x (Pathak et al., eq. 2)
loss         (1 - a) (error + lambda contraction) + a adversarial; a = .001 in Pathak et al., eq. 3

Departures: one decoder that upsamples and convolves, trained end to end, instead of tied weights
trained layer by layer. As its first norm undoes any scale of h, the contraction is divided by the
variance of h over the batch: shrinking h would otherwise satisfy it. The error is a mean over
pixels where papers sum. Pathak et al. paint the block alone and show D nothing else; here the
whole picture is painted, and D sees the block in its surroundings and is spectrally normed.
x is each view, its normalisation undone; a view of another size is resized to the first's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.spec import AugmentationSpec, ObjectiveSpec
from sslstudio.engine.adversarial import (
    ImageCritic,
    balance_anchors,
    judge_loss,
    parameter_group,
    right_answers,
)
from sslstudio.engine.corruption import Corruption, changed, repaired
from sslstudio.engine.decoder import Decoder, DecoderWidth
from sslstudio.engine.modes import full_precision, held_still
from sslstudio.engine.originals import Originals
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, Player, TrainingImages
from sslstudio.engine.sensitivity import jacobian_norms, relative

CRITIC: Final = "critic"
PAINTER: Final = "painter"
SHOWN: Final = 8


class ReconstructionSpec(ObjectiveSpec):
    """Paint the clean picture from the representation of a spoilt one."""

    kind: Literal["reconstruction"] = "reconstruction"
    chain: ClassVar[tuple[str, ...]] = ("decoder",)
    beside: ClassVar[tuple[tuple[str, str], ...]] = (("images", "loss"),)
    corruption: Annotated[
        tuple[AugmentationSpec, ...],
        Ui("Corruption", "How pictures are spoilt before the encoder sees them, in this order."),
    ] = ()
    loss: Annotated[
        Literal["mse", "bce"],
        Ui("Loss", "Squared error, or cross-entropy of each pixel between black and white."),
    ] = "mse"
    emphasis: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Emphasis",
            "Weight of the spoilt pixels against the others: .5 counts all alike, 1 the spoilt "
            "ones alone.",
            live=True,
        ),
    ] = 0.5
    contraction: Annotated[
        float | None,
        Range(1e-6, 10.0, log=True),
        Ui("Contraction", "Price of a representation that moves when the picture does."),
    ] = None
    adversarial: Annotated[
        float | None,
        Range(1e-4, 0.5, log=True),
        Ui(
            "Adversarial",
            "Share of the loss that a second network gives, which learns to tell painted from "
            "real pictures.",
            unit="share",
        ),
    ] = None
    decoder_width: DecoderWidth = 16

    def contradictions(self) -> Iterator[Problem]:
        """Yield that no pixel would count."""
        if self.emphasis == 1.0 and not self.corruption:
            path = "objective.emphasis"
            text = (
                "Only spoilt pixels count, and nothing is spoilt. Put in a corruption, or lower it."
            )
            yield Problem(path, "error", text, Fix("Count all pixels alike", ((path, 0.5),)))


class Painting(NamedTuple):
    """A view, what the encoder saw of it, and what the decoder made of that."""

    clean: Tensor  # (batch, channels, size, size)
    spoilt: Tensor  # (batch, channels, size, size)
    logits: Tensor  # (batch, channels, size, size), float32
    contraction: Tensor | None  # (batch,)

    def repaired(self) -> Tensor:
        """Return the clean picture with what was painted where it had been spoilt."""
        return repaired(self.clean, self.spoilt, self.logits.sigmoid())


class Costs(NamedTuple):
    """What one view costs."""

    error: Tensor  # (batch,)
    explained: Tensor  # scalar


class Reconstruction(Objective):
    """Corruption, encoder, decoder, and a critic where one is asked for."""

    def __init__(self, spec: ReconstructionSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        channels, size, width = context.channels, context.view_size, spec.decoder_width
        self.decoder = Decoder(self.encoder.dim, channels=channels, size=size, width=width)
        self.originals = Originals(context)
        self.corruption = Corruption(spec.corruption, context)
        self.critic: ImageCritic | None = None
        if spec.adversarial is not None:
            self.critic = ImageCritic(channels=channels, size=size, width=2 * width)

    def players(self) -> tuple[Player, ...]:
        """Return one player, or the critic and then the painter that it judges."""
        if self.critic is None:
            return super().players()
        painting = [*self.encoder.parameters(), *self.decoder.parameters()]
        return (
            Player(name=CRITIC, groups=(parameter_group(self.critic.parameters()),)),
            Player(name=PAINTER, groups=(parameter_group(painting),)),
        )

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss and its parts, and the share of the variance that is explained."""
        if self.critic is not None and player == CRITIC:
            return self._judged(batch, self.critic)
        paintings = [self._painted(view, torch.default_generator) for view in batch.views]
        costs = [self._costs(painting) for painting in paintings]
        error = torch.stack([cost.error for cost in costs]).mean()
        loss, parts = error, {}
        if self.spec.contraction is not None:
            parts = {"error": error, "contraction": _contraction(paintings).mean()}
            loss = error + self.spec.contraction * parts["contraction"]
        if self.critic is not None and self.spec.adversarial is not None:
            share, fooling = self.spec.adversarial, self._fooling(paintings, self.critic)
            parts = {"error": error, **parts, "adversarial": fooling}
            loss = (1.0 - share) * loss + share * fooling
        explained = torch.stack([cost.explained for cost in costs]).mean()
        return {"loss": loss, "explained": explained, **parts}

    def image_losses(self, batch: Batch, /) -> Tensor | None:
        """Return each image's loss over its views  # (batch,); None where a critic has a part."""
        if self.critic is not None:
            return None
        paintings = [self._painted(view, torch.default_generator) for view in batch.views]
        errors = torch.stack([self._costs(painting).error for painting in paintings]).mean(dim=0)
        if self.spec.contraction is None:
            return errors
        return errors + self.spec.contraction * _contraction(paintings).mean(dim=0)

    def _painted(self, view: Tensor, generator: torch.Generator) -> Painting:
        clean = self.originals.of(view)
        spoilt = self.corruption(clean, generator)
        seen = self.originals.scale.normalised(spoilt)
        if self.spec.contraction is None:
            logits = self.decoder(self.encoder(seen)).float()
            return Painting(clean, spoilt, logits, None)
        h, norms = jacobian_norms(self.encoder, seen)
        return Painting(clean, spoilt, self.decoder(h).float(), relative(norms, h))

    def _costs(self, painting: Painting) -> Costs:
        clean, logits = painting.clean, painting.logits
        with full_precision(logits):
            squares = (logits.sigmoid() - clean).square()
            errors = squares
            if self.spec.loss == "bce":
                errors = F.binary_cross_entropy_with_logits(logits, clean, reduction="none")
            spoilt = changed(clean, painting.spoilt)
            weights = torch.lerp(1.0 - spoilt, spoilt, self.spec.emphasis)
            counted = clean.shape[1] * weights.flatten(1).sum(dim=1)
            error = (weights * errors).flatten(1).sum(dim=1) / counted.clamp_min(1e-6)
            return Costs(error, self.originals.explained(squares, clean, weights))

    def _judged(self, batch: Batch, critic: ImageCritic) -> dict[str, Tensor]:
        with torch.no_grad():
            paintings = [self._painted(view, torch.default_generator) for view in batch.views]
        clean = torch.cat([painting.clean for painting in paintings])
        pictures = [painting.repaired() for painting in paintings]
        scores = critic(torch.cat([clean, *pictures])).float()
        real, fake = scores.chunk(2)
        loss = judge_loss(real, fake, "logistic")
        return {"loss": loss, "accuracy": right_answers(real, fake)}

    def _fooling(self, paintings: list[Painting], critic: ImageCritic) -> Tensor:
        with held_still(critic):
            scores = critic(torch.cat([painting.repaired() for painting in paintings])).float()
        return F.softplus(-scores).mean()

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what painting without looking at the picture gives, and perfection."""
        if self.critic is not None:
            known = {
                f"{CRITIC}: loss": math.log(4.0),
                f"{CRITIC}: accuracy": 0.5,
                f"{PAINTER}: adversarial": math.log(2.0),
            }
            return (*balance_anchors(known), *self.originals.anchors(f"{PAINTER}: "))
        term = "loss" if self.spec.contraction is None else "error"
        return (*self.originals.anchors(), *self.originals.flat_colour(term, self.spec.loss))

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Before the first epoch, measure the normalisation and the mean image."""
        del generator
        if epoch == 0:
            self.originals.observe(images)

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the spoilt pictures that the encoder receives, if it spoils any, always alike."""
        if not self.spec.corruption:
            return {}
        clean = self.originals.of(batch.views[0][:SHOWN])
        return {"Spoilt": self.corruption(clean, torch.Generator().manual_seed(0))}

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return pictures spoilt, painted again, and clean."""
        painting = self._painted(batch.views[0][:SHOWN], torch.Generator().manual_seed(0))
        painted = painting.logits.sigmoid()
        if not self.spec.corruption:
            return {"Input": painting.clean, "Reconstruction": painted}
        return {"Spoilt": painting.spoilt, "Reconstruction": painted, "Clean": painting.clean}

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose emphasis may change while training."""
        return {"objective": self}


def _contraction(paintings: list[Painting]) -> Tensor:
    """Return the contraction of every view  # (views, batch)."""
    return torch.stack([p.contraction for p in paintings if p.contraction is not None])


def build(spec: ReconstructionSpec, context: BuildContext) -> Reconstruction:
    """Return the objective for the run's views."""
    return Reconstruction(spec, context)


ENTRY = Entry(
    title="Reconstruction",
    spec=ReconstructionSpec,
    build=build,
    summary="Paint the clean picture from a spoilt one; unspoilt, a plain autoencoder.",
    citation="Vincent et al. 2008, doi:10.1145/1390156.1390294",
)
