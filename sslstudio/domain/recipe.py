"""A recipe: everything that determines a run, as one immutable value."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import (
    AugmentationSpec,
    EncoderSpec,
    MonitorSpec,
    ObjectiveSpec,
    OptimizerSpec,
)

SCHEMA_VERSION: Final = 1

Fit = Literal["crop", "pad", "stretch"]
Channels = Literal["rgb", "gray"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]
MicroBatching = Literal["accumulate", "grad-cache"]
Pooling = Literal["average", "max", "both"]

OUTPUT: Final = "encoder"
PROJECTOR: Final = "projector"
"""Names of the encoder's own output and of the projector's among the layers that can be kept."""


class Block(BaseModel):
    """A part of the recipe that comes in one kind only."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSpec(Block):
    """Which images are read and at which resolution training sees them."""

    source: str = "shapes"
    labels_csv: str | None = None
    size: Annotated[
        int,
        Range(8, 512),
        Ui("Size", "Side of the square that every image is brought to before training.", unit="px"),
    ] = 32
    fit: Annotated[
        Fit,
        Ui(
            "Fit",
            "Crop keeps the middle square, pad adds black borders, stretch ignores proportions.",
        ),
    ] = "crop"
    channels: Annotated[
        Channels, Ui("Channels", "Colour (three channels) or grey (one channel).")
    ] = "rgb"
    video_stride: Annotated[
        int,
        Range(1, 10_000, log=True),
        Ui(
            "Video stride",
            "Of a video, every how many frames one becomes an image.",
            unit="frames",
            advanced=True,
        ),
    ] = 10


class ViewSpec(Block):
    """One pipeline, and how many views of each image it draws."""

    name: str = "view"
    copies: Annotated[
        int,
        Range(1, 200, log=True),
        Ui("Copies", "How many views of each image this pipeline draws."),
    ] = 2
    size: Annotated[
        int | None,
        Range(8, 512),
        Ui("View size", "Side of the view; empty means the working resolution.", unit="px"),
    ] = None
    local: Annotated[
        bool,
        Ui(
            "Local",
            "Small crops that only ask: what they are compared with comes from the other views "
            "(multi-crop).",
        ),
    ] = False
    frames: Annotated[
        int,
        Range(0, 1000),
        Ui(
            "Frames away",
            "Draw the view from another frame of the same sequence, at most this far before or "
            "after; 0 takes the image itself.",
            unit="frames",
            advanced=True,
        ),
    ] = 0
    shares: Annotated[
        tuple[str, ...],
        Ui(
            "Shared draws",
            "Kinds of operations that draw nothing of their own here: in each image they repeat "
            "what the first view drew.",
            advanced=True,
        ),
    ] = ()
    pipeline: tuple[AugmentationSpec, ...] = ()

    def channels_of(self, channels: int) -> int:
        """Return how many channels the view of an image of so many channels has."""
        for part in self.pipeline:
            channels = part.channels_after(channels)
        return channels


class Representation(Block):
    """Which layers are kept, exported and measured."""

    layer: Annotated[
        str,
        Ui(
            "Layer",
            "`encoder` keeps the pooled output h, a stage's name its pooled map, `projector` what "
            "the loss compares.",
        ),
    ] = OUTPUT
    also: Annotated[
        tuple[str, ...],
        Ui(
            "Side by side",
            "Further layers that are kept beside the first; each is brought to length 1, so that "
            "all count alike in distances.",
        ),
    ] = ()
    pooling: Annotated[
        Pooling,
        Ui(
            "Pooling of maps",
            "A stage's map becomes the average over its places, the largest value of each channel, "
            "or both side by side; the encoder's output keeps its own pooling.",
        ),
    ] = "average"

    @property
    def layers(self) -> tuple[str, ...]:
        """The kept layers, in the order in which their numbers stand."""
        return (self.layer, *self.also)


class Budget(Block):
    """How long a run trains; exactly one unit counts."""

    unit: Annotated[
        Literal["minutes", "epochs", "steps"],
        Ui("Budget in", "Minutes count training only: loading and evaluation are excluded."),
    ] = "minutes"
    amount: Annotated[float, Range(0.01, 1e7, log=True), Ui("Budget", "How long to train.")] = 5.0


class Schedule(Block):
    """The learning rate as a function of progress; it reaches zero when the budget ends."""

    kind: Annotated[
        Literal["cosine", "one-cycle", "constant"],
        Ui("Schedule", "One-cycle rises and falls linearly, cosine falls along a half wave."),
    ] = "cosine"
    warmup: Annotated[
        float,
        Range(0.0, 0.5),
        Ui("Warm-up", "Share of the budget in which the rate rises from zero.", unit="share"),
    ] = 0.05


class TrainingSpec(Block):
    """Batch, budget, schedule and precision."""

    batch_size: Annotated[
        int,
        Range(1, 16384, log=True),
        Ui("Batch", "Images in one step; each gives as many views as the pipelines draw."),
    ] = 256
    micro_batches: Annotated[
        int,
        Range(1, 256, log=True),
        Ui(
            "Micro-batches",
            "Parts in which the batch of a step passes the network one after the other, so that it "
            "needs the memory of one part; batch norm takes its statistics from one part as well.",
            advanced=True,
        ),
    ] = 1
    micro_batching: Annotated[
        MicroBatching,
        Ui(
            "Micro-batch loss",
            "Accumulate gives each part a loss of its own, which sees no other part: it adds no "
            "negatives. GradCache embeds every part first and compares all images of the step, for "
            "a second forward pass.",
            advanced=True,
        ),
    ] = "accumulate"
    budget: Budget = Budget()
    schedule: Schedule = Schedule()
    precision: Annotated[
        Precision,
        Ui("Precision", "Auto measures which one is fastest here and writes it into the run."),
    ] = "auto"
    validation: Annotated[
        float,
        Range(0.0, 0.5),
        Ui(
            "Validation part",
            "Share of the training images kept out of the gradient for the live monitors.",
            unit="share",
            advanced=True,
        ),
    ] = 0.04

    def images_compared(self, images: int) -> int:
        """Return how many of a step's images one loss sees."""
        whole = self.micro_batching == "grad-cache"
        return images if whole else max(1, images // self.micro_batches)


class Recipe(Block):
    """Views, encoder, objective, optimizer, monitors and budget of one experiment."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: Annotated[str, Field(min_length=1, max_length=200)] = "Untitled"
    preset: str = ""
    data: DataSpec = DataSpec()
    views: tuple[ViewSpec, ...]
    encoder: EncoderSpec
    representation: Representation = Representation()
    objective: ObjectiveSpec
    optimizer: OptimizerSpec
    training: TrainingSpec = TrainingSpec()
    monitors: tuple[MonitorSpec, ...] = ()
    seed: Annotated[int, Range(0, 2**31 - 1), Ui("Seed", "The same seed gives the same run.")] = 0

    def view_count(self) -> int:
        """Return how many views of each image a step draws."""
        return sum(view.copies for view in self.views)

    def global_view_count(self) -> int:
        """Return how many of them may serve as targets; the others are local."""
        return sum(view.copies for view in self.views if not view.local)
