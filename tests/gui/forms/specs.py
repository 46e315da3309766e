from typing import Annotated, Literal

from pydantic import BaseModel, model_validator

from sslstudio.domain.fields import Range, Span, Ui
from sslstudio.domain.spec import LossSpec, Spec


class EverySpec(Spec):
    """One field of each type that a spec may hold."""

    kind: Literal["every"] = "every"
    strength: Annotated[float, Range(0, 1), Ui("Strength", "How much.")] = 0.5
    rate: Annotated[float, Range(1e-5, 1, log=True), Ui("Rate", "How fast.", live=True)] = 1e-3
    width: Annotated[int, Range(8, 8192, log=True), Ui("Width", "How wide.", unit="units")] = 512
    scale: Annotated[tuple[float, float], Span(0, 1), Ui("Area", "How large.", unit="share")] = (
        0.08,
        1.0,
    )
    norm: Annotated[bool, Ui("Norm", "Batch norm.")] = True
    mode: Annotated[Literal["same", "stop-gradient"], Ui("Target", "Which branch.")] = "same"
    backbone: Annotated[
        Literal["resnet-18", "resnet-34", "resnet-50", "vit-tiny", "vit-small"],
        Ui("Backbone", "Which network."),
    ] = "resnet-18"
    layer: Annotated[str, Ui("Layer", "What is kept.")] = "h"
    size: Annotated[int | None, Range(8, 256), Ui("Size", "Pixels.", unit="px")] = None
    names: Annotated[tuple[str, ...], Ui("Names", "Several words.")] = ()
    widths: Annotated[tuple[int, ...], Ui("Widths", "Several numbers.")] = (8, 16)
    seed: Annotated[int, Range(0, 2**31 - 1), Ui("Seed", "The same seed, the same run.")] = 0
    part: Annotated[LossSpec | None, Ui("Loss", "A block of the canvas.")] = None
    rare: Annotated[float, Range(0, 1), Ui("Rare", "Seldom needed.", advanced=True)] = 0.0


class Fussy(BaseModel):
    """A model that is no `Spec` and whose fields depend on each other."""

    low: Annotated[int, Range(0, 10), Ui("Low", "Lower end.")] = 2
    high: Annotated[int, Range(0, 10), Ui("High", "Upper end.")] = 5

    @model_validator(mode="after")
    def _ordered(self):
        if self.low > self.high:
            raise ValueError("low must not exceed high")
        return self
