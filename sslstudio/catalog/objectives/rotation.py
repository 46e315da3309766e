"""Rotation prediction (Gidaris et al. 2018, arXiv:1803.07728, eq. 2).

Each view enters the batch turned by 0, 90, 180 and 270 degrees, and a linear classifier on the
pooled representation names the turn: loss = mean of -log softmax(W h(rot(x, k)) + b)_k over views
and k.

Departures: the classifier stands on the pooled h of any encoder instead of the last block of a
network in network; every view that the pipelines draw is turned, not just one.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.answers import chance, graded, prices_by_image
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.imaging.tiles import require_square
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Encoder, Objective, TrainingImages

TURNS: Final = 4
SHOWN: Final = 8
BACK: Final = "Turned back by the answer"


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
        return graded(*self._answers(batch))

    def image_losses(self, batch: Batch, /) -> Tensor:
        """Return each image's cross-entropy, averaged over its turns and views  # (batch,)."""
        return prices_by_image(*self._answers(batch), len(batch.indices))

    def _answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return answers and turns, row by row  # (views * turns * batch, turns), same rows."""
        turned, turns = zip(*[_all_turns(view) for view in batch.views], strict=True)
        answers = torch.cat([self.classifier(self.encoder(images)) for images in turned])
        return answers, torch.cat(turns)

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing gives."""
        return chance(TURNS, "All four turns look equally likely.")

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show views as pictures."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views turned one after the other."""
        return {"Turned": self.scale.pixels(_one_after_the_other(batch))}

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views turned one after the other, and turned back by the model's answer."""
        turned = _one_after_the_other(batch)
        back = _turned(turned, [-turn for turn in self._named(turned)])
        return {"Turned": self.scale.pixels(turned), BACK: self.scale.pixels(back)}

    def hits(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return which turns are named correctly  # (pictures,)."""
        named = self._named(_one_after_the_other(batch))
        return {BACK: torch.tensor([turn == n % TURNS for n, turn in enumerate(named)])}

    def _named(self, turned: Tensor) -> list[int]:
        answers: Tensor = self.classifier(self.encoder(turned))
        return [int(turn) for turn in answers.argmax(dim=1).tolist()]


def _all_turns(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return every image in all four turns, and the turn of each row."""
    require_square(images, "turned by quarters")
    turned = torch.cat([images.rot90(turn, dims=(2, 3)) for turn in range(TURNS)])
    turns = torch.arange(TURNS, device=images.device).repeat_interleave(len(images))
    return turned, turns


def _one_after_the_other(batch: Batch) -> Tensor:
    views = batch.views[0][:SHOWN]
    return _turned(views, [number % TURNS for number in range(len(views))])


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
