"""The small interfaces between the training loop and the parts of the catalogue."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from sslstudio.domain.spec import Spec

PAIRED_IMAGES = 256
"""Images at most of which a snapshot holds two views."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """What a part may know about the run it is built for."""

    channels: int
    size: int
    """Side of the working resolution in pixels."""
    view_size: int
    """Side of the first pipeline's views in pixels."""
    views: int
    """Views of each image in a step."""
    global_views: int = 0
    """How many of them may serve as targets; they come first. 0 means all of them."""
    view_sizes: tuple[int, ...] = ()
    """Side of every view of a step in pixels; empty means that all have `view_size`."""
    view_channels: tuple[int, ...] = ()
    """Channels of every view of a step; empty means that all have `channels`."""
    view_shares: tuple[tuple[str, ...], ...] = ()
    """Kinds of operations whose draws each view of a step takes from the first one; empty means
    that no view takes any."""
    classes: int = 0
    """Classes that the training images' labels name; 0 where there are none."""
    train_images: int
    run_images: int = 0
    """Training images of the run, where `train_images` counts a sample for a trial; 0 means the
    same. For what depends on their number alone; banks have a row for each of `train_images`."""
    batch_size: int
    channel_mean: tuple[float, ...] = ()
    """Mean of each channel over the training images, in [0, 1]."""
    channel_std: tuple[float, ...] = ()
    input_mean: tuple[float, ...] = ()
    """What the pipelines take from each channel before the encoder reads it; empty for nothing."""
    input_std: tuple[float, ...] = ()
    """What they divide it by."""
    builder: Callable[[Spec, BuildContext], Any]
    """The catalogue's own `build`."""
    encoder: Encoder | None = None
    """The encoder, once it exists; heads and objectives are built after it."""
    dim: int = 0
    """Width of what a head or a loss receives, set by whoever builds it."""

    def build(self, spec: Spec) -> Any:
        """Return a nested part, built within this same context."""
        return self.builder(spec, self)

    def require_encoder(self) -> Encoder:
        """Return the encoder; heads and objectives are only built once it exists."""
        if self.encoder is None:
            raise ValueError("An objective is built after its encoder.")
        return self.encoder


class Augmentation(Protocol):
    """A random operation, drawn anew for every image of the batch."""

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return the images changed; float in [0, 1]  # (batch, channels, height, width)."""
        ...


class Encoder(nn.Module, ABC):
    """Maps images to vectors h  # (batch, channels, height, width) -> (batch, dim)."""

    dim: int
    stage_dims: Mapping[str, int]
    """Names and channel counts of the intermediate feature maps, in order."""
    extra_tokens: int = 0
    """Tokens before those of the patches, where the encoder has tokens."""

    @abstractmethod
    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return each stage's feature map by name  # (batch, channels, height, width)."""

    @abstractmethod
    def pool(self, features: Tensor) -> Tensor:
        """Return h from the last stage's map  # (batch, dim)."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the representation h  # (batch, dim)."""
        return self.pool(list(self.stages(images).values())[-1])

    def attention(self, _images: Tensor, /) -> Tensor | None:
        """Return how the last block's tokens look at each other; None where there are no tokens.

        # (batch, heads, tokens, tokens), rows look at columns, extra tokens before the patches
        """
        return None

    def fit(self, images: TrainingImages) -> None:
        """Learn without gradients before the first step (PCA, k-means); most encoders do not."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's input."""

    views: tuple[Tensor, ...]
    """Augmented, normalised views  # each (batch, channels, size, size)."""
    images: Tensor
    """The same images without augmentation, in [0, 1]  # (batch, channels, size, size)."""
    indices: Tensor
    """Row of each image among the training images  # (batch,)."""
    labels: Tensor | None = None
    """Class of each image, -1 where unknown; for supervised comparison only  # (batch,)."""


class TrainingImages(Protocol):
    """All training images, without augmentation."""

    @property
    def count(self) -> int:
        """Number of training images."""
        ...

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (indices, images in [0, 1]) over all training images in order."""
        ...

    def normalised(self, images: Tensor) -> Tensor:
        """Return images in [0, 1] as the encoder expects them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A value of a term that means something; the plots draw it as a labelled line."""

    term: str
    label: str
    value: float
    meaning: str = ""
    kind: str = "reference"
    """`chance`, `collapse`, `bound` (never passed) or `reference` (a landmark only)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterGroup:
    """Parameters that share a rate and a decay."""

    parameters: Sequence[nn.Parameter]
    rate: float = 1.0
    """Multiplies the recipe's learning rate."""
    constant: bool = False
    """True if the schedule does not touch this group (SimSiam's predictor)."""
    frozen_until: float = 0.0
    """Share of the budget before which these stay as they are (SwAV's prototypes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One optimizer's share of the objective; a GAN has two, everything else one."""

    name: str
    groups: tuple[ParameterGroup, ...]


class Objective(nn.Module, ABC):
    """A task: it owns the encoder, its heads and its memory, and names the terms of its loss."""

    encoder: Encoder

    @abstractmethod
    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return named scalar terms; the one called `loss` is minimised by this player."""

    def players(self) -> tuple[Player, ...]:
        """Return who optimises what; by default one player moves every parameter."""
        wanted = [p for p in self.parameters() if p.requires_grad]
        return (Player(name="model", groups=(ParameterGroup(parameters=wanted),)),)

    def anchors(self) -> tuple[Anchor, ...]:
        """Return the values of the terms that mean something."""
        return ()

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Prepare an epoch (clusters, banks); most objectives have nothing to prepare."""

    def after_step(self, progress: float) -> None:
        """Move what follows the weights (teacher, queue, bank) after all players stepped."""

    def members(self, labels: Tensor) -> Tensor:
        """Return which training images enter the steps, by default all  # (chosen,).

        `labels` has the class of every training image, -1 where unknown  # (images,).
        """
        return torch.arange(len(labels))

    def encoder_replaced(self) -> None:
        """Follow the encoder after other weights were put into it, before the first step."""

    def project(self, h: Tensor) -> Tensor:
        """Return the embedding z that the loss compares  # (batch, dim) -> (batch, any)."""
        return h

    def image_clusters(self) -> Tensor | None:
        """Return the cluster of each training image, if the task sorts them  # (images,)."""
        return None

    def image_losses(self, _batch: Batch, /) -> Tensor | None:
        """Return the loss of each image  # (batch,); None where only a whole batch has one."""
        return None

    def stimulus(self, _batch: Batch, /) -> dict[str, Tensor]:
        """Return what the encoder receives where that is not the views, as images in [0, 1].

        The Design page shows it under the views, by caption: tiles, masked or turned pictures.
        """
        return {}

    def exhibit(self, _batch: Batch, /) -> dict[str, Tensor]:
        """Return what the model answers, as images in [0, 1], by caption."""
        return {}

    def hits(self, _batch: Batch, /) -> dict[str, Tensor]:
        """Return which pictures of a row of `exhibit` are right, by its caption  # (pictures,)."""
        return {}

    def samples(self, _count: int, _generator: torch.Generator, /) -> Tensor | None:
        """Return images in [0, 1] painted from noise, if it can  # (count, channels, h, w)."""
        return None

    def live(self) -> Mapping[str, nn.Module]:
        """Return the sub-parts with values that may change while training, by recipe path."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a monitor may look at: a fixed set of validation images, seen by the present weights."""

    h: Tensor  # (images, dim), float32, of un-augmented images
    z: Tensor  # (images, any), float32
    z_views: tuple[Tensor, ...] = ()  # two augmented views' z  # each (images, any)
    labels: Tensor | None = None  # (images,), -1 where unknown
    bank: Tensor | None = None  # (others, dim): h of training images
    bank_labels: Tensor | None = None
    h_painted: Tensor | None = None  # (samples, dim): h of what the objective paints from noise
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number or spectrum that a monitor took."""

    name: str
    value: float
    series: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """How a reading is shown and read."""

    name: str
    label: str
    how_to_read: str
    healthy: tuple[float, float] | None = None
    low: float | None = None
    high: float | None = None
    is_spectrum: bool = False
    digits: int = 2


class Monitor(ABC):
    """A pure measurement of a snapshot."""

    gauges: tuple[Gauge, ...]

    @abstractmethod
    def read(self, snapshot: Snapshot) -> tuple[Reading, ...]:
        """Return what this monitor sees; nothing if the snapshot lacks what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerPlan:
    """Peak rate, decay, and a function that makes the optimizer over parameter groups."""

    learning_rate: float
    weight_decay: float
    make: Callable[[list[dict[str, Any]]], torch.optim.Optimizer] = field(repr=False)
