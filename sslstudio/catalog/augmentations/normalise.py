"""Normalisation of each channel (torchvision's Normalize); applied to plain images as well.

ImageNet's statistics are those of torchvision's models. Monitors, evaluation and export see images
normalised alike, also those without augmentation.

Departures: by default the statistics are those of the training images, as in LeCun et al. (1998,
Efficient BackProp, section 4.3), whose decorrelation is left out; a deviation below one grey level
counts as one.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Ui
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.parts import BuildContext
from sslstudio.engine.views import Normalise

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class NormaliseSpec(AugmentationSpec):
    """Takes a mean away and divides by a deviation; stands last."""

    kind: Literal["normalise"] = "normalise"
    after_normalise: ClassVar[bool] = True
    normalises: ClassVar[bool] = True
    statistics: Annotated[
        Literal["dataset", "imagenet", "half"],
        Ui(
            "Statistics",
            "Of the training images, of ImageNet (averaged for grey images), or .5 and .5.",
        ),
    ] = "dataset"


def build(spec: NormaliseSpec, context: BuildContext) -> Normalise:
    """Return the normalisation; RecipeError if the data set's statistics are not known."""
    if spec.statistics == "half":
        return Normalise([0.5] * context.channels, [0.5] * context.channels)
    if spec.statistics == "dataset":
        return _dataset(context)
    if context.channels == len(IMAGENET_MEAN):
        return Normalise(IMAGENET_MEAN, IMAGENET_STD)
    mean, std = sum(IMAGENET_MEAN) / 3, sum(IMAGENET_STD) / 3
    return Normalise([mean] * context.channels, [std] * context.channels)


def _dataset(context: BuildContext) -> Normalise:
    if not context.channel_mean:
        raise RecipeError(
            "normalise: the statistics of the data set are not known here.",
            "Choose a data set first, or the statistics `imagenet` or `half`.",
        )
    # A data set of blank images has no deviation; one grey level keeps the division finite.
    return Normalise(context.channel_mean, [max(std, 1 / 255) for std in context.channel_std])


ENTRY = Entry(
    title="Normalise",
    spec=NormaliseSpec,
    build=build,
    summary="Brings every channel to mean 0 and deviation 1.",
    citation="LeCun et al. 1998, Efficient BackProp",
    group="Input",
)
