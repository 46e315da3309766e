"""Rotation prediction (Gidaris et al. 2018, arXiv:1803.07728, eq. 2).

Each view enters the batch turned by 0, 90, 180 and 270 degrees, and a linear classifier on the
pooled representation names the turn: loss = mean of -log softmax(W h(rot(x, k)) + b)_k over views
and k. Departures: the classifier stands on the pooled h of any encoder instead of the last
block of a network in network; every view that the pipelines draw is turned, not just one.
"""

from __future__ import annotations

import math
from typing import ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages

TURNS: Final = 4
SHOWN: Final = 8


class RotationSpec(ObjectiveSpec):
    """Tell by how many quarter turns an image was rotated."""

    kind: Literal["rotation"] = "rotation"
    chain: ClassVar[tuple[str, ...]] = ("classifier",)


class Rotation(Objective):
    """Encoder and a linear classifier of quarter turns."""

    def __init__(self, encoder: Encoder, scale: PixelScale) -> None:
        super().__init__()
        self.encoder = encoder
        self.classifier = nn.Linear(encoder.dim, TURNS)
        self.scale = scale

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the cross-entropy over four turns and the share named correctly."""
        del player
        answers, wanted = self._answers(batch)
        right = (answers.argmax(dim=1) == wanted).float().mean()
        return {"loss": F.cross_entropy(answers, wanted), "accuracy": right}

    def image_losses(self, batch: Batch, /) -> Tensor:
        """Return each image's cross-entropy, averaged over its turns and views  # (batch,)."""
        losses = F.cross_entropy(*self._answers(batch), reduction="none")
        return losses.view(len(batch.views) * TURNS, -1).mean(dim=0)

    def _answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return answers and turns, row by row  # (views * turns * batch, turns), same rows."""
        turned, turns = zip(*[_all_turns(view) for view in batch.views], strict=True)
        answers = torch.cat([self.classifier(self.encoder(images)) for images in turned]).float()
        return answers, torch.cat(turns)

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing gives."""
        meaning = "All four turns look equally likely."
        return (
            Anchor(
                term="loss", label="ln 4", value=math.log(TURNS), meaning=meaning, kind="chance"
            ),
            Anchor(term="accuracy", label="1 / 4", value=1 / TURNS, meaning=meaning, kind="chance"),
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show views as pictures."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views turned one after the other, and turned back by the model's answer."""
        views = batch.views[0][:SHOWN]
        turns = [number % TURNS for number in range(len(views))]
        turned = _turned(views, turns)
        answers = self.classifier(self.encoder(turned)).argmax(dim=1).tolist()
        return {
            "Turned": self.scale.pixels(turned),
            "Turned back by the answer": self.scale.pixels(
                _turned(turned, [-answer for answer in answers])
            ),
        }


def _all_turns(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return every image in all four turns, and the turn of each row."""
    if images.shape[-1] != images.shape[-2]:
        height, width = images.shape[-2:]
        raise RecipeError(
            f"Views of {height} x {width} px cannot be turned by quarters.",
            "Use a pipeline that gives square views.",
        )
    turned = torch.cat([images.rot90(turn, dims=(2, 3)) for turn in range(TURNS)])
    turns = torch.arange(TURNS, device=images.device).repeat_interleave(len(images))
    return turned, turns


def _turned(images: Tensor, turns: list[int]) -> Tensor:
    """Return each image turned by its own number of quarters, anticlockwise."""
    rows = zip(images, turns, strict=True)
    return torch.stack([image.rot90(turn, dims=(1, 2)) for image, turn in rows])


def build(_spec: RotationSpec, context: BuildContext) -> Rotation:
    """Return the objective for the run's encoder."""
    return Rotation(context.require_encoder(), PixelScale(context))


ENTRY = Entry(
    title="Rotation prediction",
    spec=RotationSpec,
    build=build,
    summary="Four-way classification of quarter turns; needs objects that have an upright.",
    citation="Gidaris et al. 2018, arXiv:1803.07728",
)
