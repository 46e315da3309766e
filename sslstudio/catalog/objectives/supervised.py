"""Supervised classification, the ceiling of every comparison (He et al. 2016, arXiv:1512.03385).

A linear classifier on the representation names the class of each view, and encoder and classifier
learn together: loss = mean over labelled images and views of -log softmax(W h + b)_label, the
usual maximum likelihood (Goodfellow, Bengio & Courville 2016, Deep Learning, eq. 6.12).

Departures: none; images without a label do not enter the steps.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import torch
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.answers import chance, prices, prices_by_image
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages

SHOWN: Final = 16


class SupervisedSpec(ObjectiveSpec):
    """Name the class of each image, given labels."""

    kind: Literal["supervised"] = "supervised"
    needs_labels: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("classifier",)


class Supervised(Objective):
    """Encoder and a linear classifier of the images' classes."""

    def __init__(self, context: BuildContext) -> None:
        super().__init__()
        self.encoder = context.require_encoder()
        self.scale = PixelScale(context)
        self.classifier = nn.Linear(self.encoder.dim, context.classes)

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the cross-entropy over classes and the share named correctly."""
        del player
        answers, wanted = self._answers(batch)
        known = wanted >= 0
        count = known.sum().clamp_min(1)
        right = (answers.argmax(dim=1) == wanted).sum() / count
        losses = prices(answers, wanted.clamp_min(0)) * known
        return {"loss": losses.sum() / count, "accuracy": right}

    def image_losses(self, batch: Batch, /) -> Tensor | None:
        """Return each image's cross-entropy, averaged over its views; None without labels."""
        if batch.labels is None or not bool((batch.labels >= 0).all()):
            return None
        return prices_by_image(*self._answers(batch), len(batch.indices))

    def members(self, labels: Tensor) -> Tensor:
        """Return the images that have a label; RecipeError if none has one."""
        labelled = (labels >= 0).nonzero().flatten()
        if len(labelled) == 0:
            raise _no_labels()
        return labelled

    def _answers(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return answers and classes, view by view  # (views * batch, classes), same rows."""
        if batch.labels is None:
            raise _no_labels()
        answers = [self.classifier(self.encoder(view)) for view in batch.views]
        return torch.cat(answers), batch.labels.repeat(len(batch.views))

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what guessing gives."""
        return chance(self.classifier.out_features, "All classes look equally likely.")

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show views as pictures."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the views whose class is named correctly, and those that are taken for another."""
        if batch.labels is None:
            return {}
        views, labels = batch.views[0][:SHOWN], batch.labels[:SHOWN]
        answers = self.classifier(self.encoder(views)).argmax(dim=1)
        shown = self.scale.pixels(views)
        rows = {
            "Named correctly": shown[(labels >= 0) & (answers == labels)],
            "Taken for another class": shown[(labels >= 0) & (answers != labels)],
        }
        return {caption: pictures for caption, pictures in rows.items() if len(pictures)}


def _no_labels() -> RecipeError:
    return RecipeError(
        "This objective learns from labels, and none of the training images has one.",
        "Give class folders or a CSV of labels, or choose an objective that needs none.",
    )


def build(_spec: SupervisedSpec, context: BuildContext) -> Supervised:
    """Return the objective for the run's classes; RecipeError if there are no labels."""
    if context.classes == 0:
        raise _no_labels()
    return Supervised(context)


ENTRY = Entry(
    title="Supervised classification",
    spec=SupervisedSpec,
    build=build,
    summary="Learns from labels: what any method without them is measured against.",
    citation="He et al. 2016, arXiv:1512.03385",
)
