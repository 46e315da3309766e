"""Tasks whose answer is one of several classes: how answers are priced, and what guessing gives."""

from __future__ import annotations

import math
from typing import Annotated

import torch.nn.functional as F
from torch import Tensor

from sslstudio.domain.fields import Range, Ui
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor

HeadWidth = Annotated[
    int,
    Range(8, 8192, log=True),
    Ui("Hidden", "Width of the head's hidden layer.", unit="units", advanced=True),
]
"""A field of tasks whose answer a head with one hidden layer gives, by the name `hidden`."""


def graded(answers: Tensor, wanted: Tensor) -> dict[str, Tensor]:
    """Return the mean cross-entropy and the share answered correctly  # (n, classes), (n,)."""
    right = (answers.argmax(dim=1) == wanted).float().mean()
    return {"loss": prices(answers, wanted).mean(), "accuracy": right}


def prices(answers: Tensor, wanted: Tensor) -> Tensor:
    """Return the cross-entropy of each answer, in float32  # (n, classes), (n,) -> (n,)."""
    with full_precision(answers):
        return F.cross_entropy(answers.float(), wanted, reduction="none")


def prices_by_image(answers: Tensor, wanted: Tensor, images: int) -> Tensor:
    """Return each image's cross-entropy, averaged over its views and turns  # (images,).

    Rows come view by view, each of all images in the same order  # (any * images, classes).
    """
    return prices(answers, wanted).view(-1, images).mean(dim=0)


def chance(classes: int, meaning: str) -> tuple[Anchor, Anchor]:
    """Return the loss of an answer that finds all classes equally likely, and its accuracy."""
    return (
        Anchor(
            term="loss",
            label=f"ln {classes:,}",
            value=math.log(classes),
            meaning=meaning,
            kind="chance",
        ),
        Anchor(
            term="accuracy",
            label=f"1 / {classes:,}",
            value=1 / classes,
            meaning=meaning,
            kind="chance",
        ),
    )
