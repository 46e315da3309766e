"""What the Design page needs from whoever knows presets, images and this machine; no Qt here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sslstudio.catalog.entry import Entry
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.spec import Kinds

Pictures = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetCard:
    """A preset as the picker shows it."""

    id: str
    title: str
    family: str = ""
    citation: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResult:
    """Some images, and the views that training would draw of them."""

    images: Pictures  # (images, height, width, 3)
    views: tuple[Pictures, ...]  # each (images, height, width, 3); sizes may differ by view
    total: int
    """How many training images there are in all."""


@dataclass(frozen=True, slots=True)
class Step:
    """An image after one operation of a pipeline, or before the first."""

    name: str
    picture: Pictures  # (height, width, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What the dry run measured on this machine.

    The three mappings are keyed by the path of a block in the recipe, such as `views.0`,
    `encoder`, `objective.projector`, `objective.target` or `objective.loss`.
    """

    seconds: float
    """Time of the whole run."""
    memory_bytes: int
    views_per_second: float
    parameters: int
    shapes: Mapping[str, str] = field(default_factory=dict)
    """What leaves a block, in words such as `3·32·32` or `512`."""
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    """A block's share of one step."""
    block_parameters: Mapping[str, int] = field(default_factory=dict)


class Choices(Protocol):
    """The catalogue, as far as this page reads it."""

    @property
    def kinds(self) -> Kinds:
        """Spec types by family and kind."""
        ...

    def entries(self, family: str) -> Mapping[str, Entry]:
        """Return the choices of a family by kind."""
        ...


class DesignSource(Protocol):
    """Presets on the GUI thread; `preview` and `steps` are called on a thread of their own."""

    def presets(self) -> Sequence[PresetCard]:
        """Return the presets in the order of the picker."""
        ...

    def recipe_for(self, preset_id: str, current: Recipe) -> Recipe:
        """Return a preset adapted to this machine and to the images of the current recipe."""
        ...

    def preview(self, recipe: Recipe, seed: int, count: int) -> PreviewResult:
        """Return up to `count` training images and their views; the same seed draws the same.

        Raises StudioError with a sentence for a person if the pipelines cannot be built.
        """
        ...

    def steps(self, recipe: Recipe, view: int, image: int, seed: int) -> Sequence[Step]:
        """Return the preview's image number `image` before and after each operation of a view.

        `view` counts pipelines (`recipe.views[view]`); with the seed of a preview the last step
        is that pipeline's first view in it. Raises StudioError like `preview`.
        """
        ...
