"""The abstract specs that a recipe is made of; concrete kinds live in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sslstudio.domain.problems import Problem

Kinds = Mapping[str, Mapping[str, "type[Spec]"]]
"""Family -> kind -> spec type; handed to the validator as `context={"kinds": ...}`."""


class Spec(BaseModel):
    """An immutable description of one part: its kind and its settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: ClassVar[str] = ""
    kind: str

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate a family base by looking up the concrete kind, a kind as itself."""
        if not cls.__dict__.get("family"):
            return handler(source)
        return core_schema.with_info_plain_validator_function(
            cls._resolve,
            serialization=core_schema.plain_serializer_function_ser_schema(_dump),
            json_schema_input_schema=core_schema.dict_schema(),
        )

    @classmethod
    def _resolve(cls, value: Any, info: ValidationInfo) -> Spec:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping) or not isinstance(value.get("kind"), str):
            raise PydanticCustomError("part", "a part must name its kind")
        kinds: Kinds = (info.context or {}).get("kinds", {})
        concrete = kinds.get(cls.family, {}).get(value["kind"])
        if concrete is None:
            return UnknownSpec(kind=value["kind"], missing_family=cls.family, content=dict(value))
        return concrete.model_validate(value, context=info.context)

    def replaced(self, **values: Any) -> Self:
        """Return a copy with these values, validated against the field's type and range."""
        current = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**current, **values})


def _dump(spec: Spec) -> dict[str, Any]:
    return spec.content if isinstance(spec, UnknownSpec) else spec.model_dump(mode="json")


class AugmentationSpec(Spec):
    """One random operation on a batch of images."""

    family: ClassVar[str] = "augmentations"
    after_normalise: ClassVar[bool] = False
    """True if the operation may stand after normalisation."""
    normalises: ClassVar[bool] = False
    """True if what follows no longer sees pixel values between 0 and 1."""
    sets_size: ClassVar[bool] = False
    """True if the operation brings images to the view's size."""
    converts: ClassVar[bool] = False
    """True if it changes what the network reads: images without augmentation take it as well."""

    needs_colour: ClassVar[bool] = False
    """True if it leaves nothing of grey images."""
    divides: ClassVar[str] = ""
    """The field that says which part of its draw a view shows, where views that share the draw are
    meant to show different ones."""

    def channels_after(self, channels: int) -> int:
        """Return how many channels images of so many channels have after the operation."""
        return channels


class EncoderSpec(Spec):
    """The network whose output is kept."""

    family: ClassVar[str] = "encoders"
    trainable: ClassVar[bool] = True
    minimum_size: ClassVar[int] = 8
    sees_patches: ClassVar[bool] = False
    """True if it cuts images into patches and can be shown some of them only."""
    needs_colour: ClassVar[bool] = False
    """True if it reads the three channels of colour images and nothing else."""
    streams: ClassVar[int] = 1
    """Networks beside each other that read different channels."""
    limits_field: ClassVar[bool] = False
    """True if no position of its maps sees much of the image; made for one size of images."""
    has_patch_grid: ClassVar[bool] = False
    """True if it encodes overlapping patches one by one, and its map is their grid."""

    def patch_side(self, size: int) -> int:
        """Return the side in pixels of what networks inside it receive of images of this side."""
        return size


class ProjectorSpec(Spec):
    """A head between encoder and loss: projector or predictor."""

    family: ClassVar[str] = "heads"


class TargetSpec(Spec):
    """Where the other view's embedding comes from."""

    family: ClassVar[str] = "targets"
    carries_gradient: ClassVar[bool] = False
    """True if the loss also moves the network through this branch."""
    has_memory: ClassVar[bool] = False
    """True if the branch supplies stored negatives."""
    keeps_directions: ClassVar[bool] = False
    """True if it stores embeddings of length 1."""

    def doubts(self, _wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what this target cannot or should not be wired to; `check` reports it."""
        yield from ()


class SimilaritySpec(Spec):
    """How two embeddings are compared."""

    family: ClassVar[str] = "similarities"
    is_distance: ClassVar[bool] = False
    """True if its values stand for Euclidean distances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What surrounds a target or a loss in a recipe."""

    batch_size: int
    """Images that one loss sees: those of a micro-batch where gradients are accumulated."""
    views: int
    global_views: int
    target: TargetSpec
    loss: LossSpec
    similarity: SimilaritySpec | None = None
    dim: int | None = None
    """Width of the embedding; None where only the encoder knows it."""
    train_images: int | None = None
    step_images: int | None = None
    """Images of a whole step; None where one loss sees them all."""


class LossSpec(Spec):
    """What is minimised over queries and targets."""

    family: ClassVar[str] = "losses"
    prevents_collapse: ClassVar[bool] = False
    """True if negatives or a variance term make a constant embedding costly."""
    uses_similarity: ClassVar[bool] = False
    sets_length: ClassVar[bool] = False
    """True if it compares embeddings as they are and gives them a length of its own."""
    asymmetric: ClassVar[bool] = False
    """True if it regresses one branch on the other, so that a predictor makes sense."""

    @property
    def compares_images(self) -> bool:
        """True if an image's loss depends on the other images beside it in the batch."""
        return self.prevents_collapse and bool(getattr(self, "batch_negatives", True))

    @property
    def takes_negatives(self) -> bool:
        """True if stored embeddings can serve it as negatives."""
        return self.uses_similarity and self.prevents_collapse

    def doubts(self, _wiring: Wiring, /) -> Iterator[Problem]:
        """Yield what this loss cannot or should not be wired to; `check` reports it."""
        yield from ()


class ObjectiveSpec(Spec):
    """The task that training solves."""

    family: ClassVar[str] = "objectives"
    minimum_views: ClassVar[int] = 1
    trainable: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ()
    """The objective's own networks between encoder and loss, in order, as its attributes name them:
    the canvas draws a block for each."""
    beside: ClassVar[tuple[tuple[str, str], ...]] = ()
    """What joins this chain from beside it, and where: `("bank", "loss")` is looked up by the loss,
    `("images", "loss")` and `("views.1", "loss")` are what it asks for,
    `("generator", "discriminator")` learns too."""
    needs_labels: ClassVar[bool] = False
    """True if it learns from the labels of the images."""
    needs_patches: ClassVar[bool] = False
    """True if it works with encoders over patches only."""
    needs_streams: ClassVar[bool] = False
    """True if it compares the two networks of an encoder that has two."""
    needs_patch_grid: ClassVar[bool] = False
    """True if it compares patches that the encoder has encoded one by one."""
    wants_limited_field: ClassVar[bool] = False
    """True if it teaches little where the positions of a map see the whole image."""
    asks_channels: ClassVar[tuple[int, ...]] = ()
    """How many channels each view must have, where views play different parts: the encoder reads
    the first, the others hold what is asked. Empty where all views are read alike."""

    leaves_out: ClassVar[bool] = False
    """True if it learns what a shared draw tells: of the views after the first, one at least shares
    draws with it, and one shares none."""
    any_channels: ClassVar[bool] = False
    """True if it knows images only through the encoder, whatever channels that reads, and neither
    paints nor shows them."""
    embeds_first: ClassVar[bool] = False
    """True if it can embed a step in micro-batches and compare all of its images afterwards."""
    has_batch_negatives: ClassVar[bool] = False
    """True if the task itself, not a loss that it holds, takes negatives from the batch."""
    paints_from_noise: ClassVar[bool] = False
    """True if it learns to paint new images from noise alone."""

    whole_views: ClassVar[int] = 0
    """How many views, from the first on, the encoder receives whole and not in pieces."""

    def piece_size(self, view_size: int) -> int:
        """Return the side in pixels of what the encoder receives of a view of this side."""
        return view_size

    def contradictions(self) -> Iterator[Problem]:
        """Yield which of its own settings exclude each other; `check` reports it."""
        yield from ()


class MonitorSpec(Spec):
    """A measurement of the embeddings, taken while training runs."""

    family: ClassVar[str] = "monitors"


class OptimizerSpec(Spec):
    """How weights move along their gradients."""

    family: ClassVar[str] = "optimizers"


class UnknownSpec(
    AugmentationSpec,
    EncoderSpec,
    ProjectorSpec,
    TargetSpec,
    SimilaritySpec,
    LossSpec,
    ObjectiveSpec,
    MonitorSpec,
    OptimizerSpec,
):
    """A part of a kind that this build lacks, kept word for word and reported by `check`."""

    missing_family: str
    content: dict[str, Any]
