"""Exemplar networks (Dosovitskiy et al. 2014, arXiv:1406.6909, section 2).

N training images are chosen, each the seed of a surrogate class that holds whatever the pipelines
make of it, and a classifier names the seed of a view:
loss = mean over images i and views v of -log softmax(W g(h(v)))_i (eq. 1 and 2).

Departures: views are drawn anew in every step instead of once (the paper: about 100 of each);
seeds are whole images instead of 32 px patches with much contrast; g is a hidden layer with
batch norm instead of the paper's dropout; N follows the number of images (8000 at 50,000 images,
with its root; the paper found 8000 to 32,000 equally good). Only seeds enter the steps: where
there are more images than classes, the others are left out.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Final, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.answers import chance, graded
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages

PAPER_CLASSES: Final = 8000
PAPER_IMAGES: Final = 50_000
FEWEST: Final = 1000
TAKEN: Final = "Taken for"
STRIDE: Final = 0.6180339887498949
"""Multiples of the golden section spread over a list as evenly as its length allows."""


class ExemplarSpec(ObjectiveSpec):
    """Tell from which image a view was made."""

    kind: Literal["exemplar"] = "exemplar"
    chain: ClassVar[tuple[str, ...]] = ("projector", "classifier")
    classes: Annotated[
        int | None,
        Range(2, 200_000, log=True),
        Ui(
            "Classes",
            "Images that are classes; empty chooses 8000 of 50,000, changing with the root of "
            "the number of images, and at most all of them.",
            unit="images",
        ),
    ] = None
    hidden: Annotated[
        int,
        Range(8, 8192, log=True),
        Ui("Hidden", "Width of the layer between representation and classifier.", unit="units"),
    ] = 512


class Exemplar(Objective):
    """Encoder, a hidden layer and a classifier of images."""

    seeds: Tensor
    numbers: Tensor

    def __init__(self, spec: ExemplarSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.scale = PixelScale(context)
        count = _class_count(spec, context.train_images)
        seeds = _spread(context.train_images, count)
        numbers = torch.full((context.train_images,), -1)
        numbers[seeds] = torch.arange(count)
        self.register_buffer("seeds", seeds)  # (classes,)
        self.register_buffer("numbers", numbers)  # (images,), -1 for no class
        self.projector = nn.Sequential(
            nn.Linear(self.encoder.dim, spec.hidden, bias=False),
            nn.BatchNorm1d(spec.hidden),
            nn.ReLU(inplace=True),
        )
        self.classifier = nn.Linear(spec.hidden, count)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the cross-entropy over classes and the share of views traced to their image."""
        del player
        return graded(*self._answers(batch))

    def members(self, labels: Tensor) -> Tensor:
        """Return the images that are classes."""
        del labels
        return self.seeds.cpu()

    def _answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return answers and classes, view by view  # (views * batch, classes), same rows."""
        wanted = self.numbers[batch.indices]
        answers = [self.classifier(self.project(self.encoder(view))) for view in batch.views]
        return torch.cat(answers), wanted.repeat(len(batch.views))

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing gives."""
        return chance(len(self.seeds), "Every image looks equally likely.")

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show views as pictures."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def project(self, h: Tensor) -> Tensor:
        """Return what the classifier sees  # (batch, dim) -> (batch, hidden)."""
        z: Tensor = self.projector(h)
        return z

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return views, and for each the image among those shown that it is most like."""
        shown = self.scale.pixels(batch.views[0])
        return {"View": shown, TAKEN: batch.images[self._recognised(batch)]}

    def hits(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return which views are traced to their own image  # (pictures,)."""
        found = self._recognised(batch)
        return {TAKEN: found == torch.arange(len(found), device=found.device)}

    def _recognised(self, batch: Batch) -> Tensor:
        known = self.project(self.encoder(self.scale.normalised(batch.images))).float()
        asked = self.project(self.encoder(batch.views[0])).float()
        return (F.normalize(asked, dim=1) @ F.normalize(known, dim=1).T).argmax(dim=1)


def _class_count(spec: ExemplarSpec, images: int) -> int:
    if spec.classes is None:
        wanted = round(PAPER_CLASSES * math.sqrt(images / PAPER_IMAGES))
        return min(images, max(FEWEST, wanted))
    if spec.classes > images:
        raise RecipeError(
            f"objective.classes: {images} training images cannot be {spec.classes} classes.",
            "Choose fewer classes, or leave the field empty.",
        )
    return spec.classes


def _spread(images: int, count: int) -> Tensor:
    """Return `count` of the images in order, spread over the whole list without a pattern."""
    keys = torch.arange(images, dtype=torch.float64) * STRIDE % 1.0
    return keys.argsort()[:count].sort().values


def build(spec: ExemplarSpec, context: BuildContext) -> Exemplar:
    """Return the objective with its classes among the run's training images."""
    return Exemplar(spec, context)


ENTRY = Entry(
    title="Exemplar classes",
    spec=ExemplarSpec,
    build=build,
    summary="Each of some thousand images is a class of its own; name the class of a view.",
    citation="Dosovitskiy et al. 2014, arXiv:1406.6909",
)
