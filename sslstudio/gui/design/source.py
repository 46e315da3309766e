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
from sslstudio.domain.sweep import Axis
from sslstudio.gui.design.layers import Layer

Pictures = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A result that the literature reports for a method: what was measured, how much, and where."""

    measure: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetCard:
    """A preset as the picker shows it."""

    id: str
    title: str
    family: str = ""
    citation: str = ""
    explanation: str = ""
    equation: str = ""
    expect: str = ""
    published: tuple[PublishedRow, ...] = ()
    sweep: Axis | None = None
    """What the preset suggests to vary."""


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
class Outline:
    """What is known of a recipe's parts before anything is computed with them.

    The mappings are keyed by the path of a block in the recipe, such as `views.0`, `encoder`,
    `objective.projector` or `objective.loss`.
    """

    parameters: int
    shapes: Mapping[str, str] = field(default_factory=dict)
    """What leaves a block, in words such as `3·32·32` or `512`."""
    block_parameters: Mapping[str, int] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    """The encoder's layers that can be kept, in order, its output last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What the dry run measured on this machine."""

    seconds: float
    """Time of the whole run."""
    memory_bytes: int
    views_per_second: float
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    """A block's share of one step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What is known about the cost of the open recipe by now."""

    outline: Outline | None = None
    timing: Timing | None = None
    stale: bool = False
    """True if the timing is the one of the recipe before its last edits."""
    message: str = ""
    """What is under way, or why something is not known."""

    @property
    def shapes(self) -> Mapping[str, str]:
        """What leaves each block."""
        return {} if self.outline is None else self.outline.shapes

    @property
    def block_parameters(self) -> Mapping[str, int]:
        """How many numbers training adjusts in each block."""
        return {} if self.outline is None else self.outline.block_parameters

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that can be kept."""
        return () if self.outline is None else self.outline.layers

    @property
    def milliseconds(self) -> Mapping[str, float]:
        """Each block's share of one step of this very recipe."""
        return {} if self.timing is None or self.stale else self.timing.milliseconds


NO_ESTIMATE = Estimate()


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
    """Presets on the GUI thread; what draws pictures is called on a thread of its own."""

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

    def stimulus(self, recipe: Recipe, seed: int, count: int) -> Mapping[str, Pictures]:
        """Return what the encoder receives of the preview's images where that is not the views.

        By caption, each (pictures, height, width, 3); empty where the objective changes nothing.
        Raises StudioError like `preview`.
        """
        ...
