"""What a training session is made of, and how it is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslstudio.domain.recipe import Budget, MicroBatching, Schedule
from sslstudio.engine.images import ImageFacts, ImageStore
from sslstudio.engine.parts import Encoder, Monitor, Objective, OptimizerPlan
from sslstudio.engine.representation import Representation
from sslstudio.engine.views import Normalise, Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """Where and how numbers are computed; measured once, written into the run, reused."""

    device: str
    precision: str = "fp32"
    channels_last: bool = False
    threads: int = 0

    def dtype(self) -> torch.dtype:
        """Return the type that convolutions and products use."""
        return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[
            self.precision
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSource:
    """One pipeline and how many views of each image it draws."""

    name: str
    pipeline: Pipeline
    copies: int
    frames: int = 0
    """How far away the frame may be that a view shows; 0 shows the image itself."""
    shares: tuple[str, ...] = ()
    """Kinds of operations that take the draws of the step's first view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The working parts of a recipe."""

    encoder: Encoder
    kept: Representation
    objective: Objective
    views: tuple[ViewSource, ...]
    normalise: Normalise | None
    monitors: tuple[Monitor, ...]
    optimizer: OptimizerPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the parts are trained."""

    store: ImageStore
    facts: ImageFacts
    batch_size: int
    budget: Budget
    schedule: Schedule
    seed: int
    compute: Compute
    trainable: bool = True
    micro_batches: int = 1
    micro_batching: MicroBatching = "accumulate"


@dataclass(frozen=True, slots=True)
class Edit:
    """A value of the recipe, changed while training."""

    path: str
    value: Any


class Control(Protocol):
    """What whoever runs the training wants from it."""

    def poll(self) -> tuple[bool, tuple[Edit, ...]]:
        """Return (stop?, edits to apply); blocks while training is paused."""
        ...


class Keep(Protocol):
    """Where training leaves what is too large for an event."""

    def checkpoint(self, step: int, tensors: Mapping[str, Tensor], state: dict[str, Any]) -> str:
        """Store a complete state and return its name within the run."""
        ...

    def pictures(self, step: int, arrays: Mapping[str, npt.NDArray[np.uint8]]) -> str:
        """Store pictures and return their name within the run."""
        ...
