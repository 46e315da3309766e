"""LAMB, layer-wise rates over Adam's (You et al. 2020, arXiv:1904.00962, algorithm 2), by timm.

Departures: norms and biases take neither decay nor adaptation; timm clips the norm of all gradients
together at 1 before the step, as NVIDIA's implementation does, which the paper does not.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import OptimizerSpec
from sslstudio.engine.parts import BuildContext, OptimizerPlan


class LambSpec(OptimizerSpec):
    """Adam's direction, each layer's step in proportion to its weights."""

    kind: Literal["lamb"] = "lamb"
    learning_rate: Annotated[
        float, Range(1e-5, 1.0, log=True), Ui("Learning rate", "Peak rate of the schedule.")
    ] = 5e-3
    beta1: Annotated[
        float, Range(0.0, 0.999), Ui("Beta 1", "Memory of the gradient's mean.", advanced=True)
    ] = 0.9
    beta2: Annotated[
        float, Range(0.8, 0.9999), Ui("Beta 2", "Memory of the gradient's square.", advanced=True)
    ] = 0.999
    weight_decay: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Weight decay", "Pull towards zero; norms and biases are spared."),
    ] = 0.02


def build(spec: LambSpec, _context: BuildContext) -> OptimizerPlan:
    """Return the plan for this optimizer."""

    def make(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        from timm.optim.lamb import Lamb

        # By itself timm adapts only what decays: without decay LAMB would be plain Adam.
        adapted = [{**group, "always_adapt": _are_weights(group)} for group in groups]
        optimizer: torch.optim.Optimizer = Lamb(
            adapted, lr=spec.learning_rate, betas=(spec.beta1, spec.beta2)
        )
        return optimizer

    return OptimizerPlan(
        learning_rate=spec.learning_rate, weight_decay=spec.weight_decay, make=make
    )


def _are_weights(group: dict[str, Any]) -> bool:
    return all(parameter.ndim > 1 for parameter in group["params"])


ENTRY = Entry(
    title="LAMB",
    spec=LambSpec,
    build=build,
    summary="Layer-wise rates over Adam's steps, for large batches.",
    citation="You et al. 2020, arXiv:1904.00962",
)
