"""Parts of recipes with as little in them as a test of edits needs."""

from typing import Annotated, ClassVar, Literal

from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.recipe import Recipe, ViewSpec
from sslstudio.domain.spec import (
    AugmentationSpec,
    EncoderSpec,
    ObjectiveSpec,
    OptimizerSpec,
    ProjectorSpec,
    TargetSpec,
)


class Paint(AugmentationSpec):
    kind: Literal["paint"] = "paint"
    number: int = 0


class Norm(AugmentationSpec):
    kind: Literal["norm"] = "norm"
    after_normalise: ClassVar[bool] = True
    normalises: ClassVar[bool] = True


class Erase(AugmentationSpec):
    kind: Literal["erase"] = "erase"
    after_normalise: ClassVar[bool] = True


class Net(EncoderSpec):
    kind: Literal["net"] = "net"


class Same(TargetSpec):
    kind: Literal["same"] = "same"
    carries_gradient: ClassVar[bool] = True


class Stopped(TargetSpec):
    kind: Literal["stop-gradient"] = "stop-gradient"


class Average(TargetSpec):
    kind: Literal["momentum"] = "momentum"


class Head(ProjectorSpec):
    kind: Literal["head"] = "head"
    width: Annotated[int, Range(1, 100), Ui("Width", "How wide.")] = 10
    depth: Annotated[int, Range(1, 4), Ui("Depth", "How deep.")] = 2


class Bottleneck(ProjectorSpec):
    kind: Literal["bottleneck"] = "bottleneck"
    width: Annotated[int, Range(1, 50), Ui("Width", "How wide.")] = 20
    depth: Annotated[int, Range(1, 8), Ui("Depth", "How deep.")] = 5


class Task(ObjectiveSpec):
    kind: Literal["task"] = "task"
    target: Annotated[TargetSpec, Ui("Target", "Where the other view comes from.")] = Same()
    head: Annotated[ProjectorSpec, Ui("Head", "What follows the encoder.")] = Head()


class Answer(ObjectiveSpec):
    kind: Literal["answer"] = "answer"
    head: Annotated[ProjectorSpec, Ui("Head", "What answers.")]


class Nested(ObjectiveSpec):
    """An objective whose fields are called as nobody else calls them."""

    kind: Literal["nested"] = "nested"
    spoiling: Annotated[tuple[AugmentationSpec, ...], Ui("Spoiling", "What is spoilt.")] = ()
    crowns: Annotated[tuple[ProjectorSpec, ...], Ui("Crowns", "Several heads.")] = (Head(),)
    extra: Annotated[ProjectorSpec | None, Ui("Extra", "A head or none.")] = None
    task: Annotated[ObjectiveSpec, Ui("Task", "A task within the task.")] = Answer(head=Head())
    weight: Annotated[float, Range(0, 1), Ui("Weight", "How much.")] = 0.5


class Plain(OptimizerSpec):
    kind: Literal["plain"] = "plain"


KINDS = {
    "targets": {"same": Same, "stop-gradient": Stopped, "momentum": Average},
    "heads": {"head": Head, "bottleneck": Bottleneck},
}


def recipe_with(*pipelines, copies=1, objective=None):
    """Return a recipe whose views have these pipelines."""
    views = tuple(
        ViewSpec(name=f"view {number}", copies=copies, pipeline=tuple(pipeline))
        for number, pipeline in enumerate(pipelines)
    )
    return Recipe(views=views, encoder=Net(), objective=objective or Task(), optimizer=Plain())


def numbers(recipe, view=0):
    """Return the operations of a view by their numbers, others by their kinds."""
    return [getattr(part, "number", part.kind) for part in recipe.views[view].pipeline]
