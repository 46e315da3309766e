"""Adam with the decay inside the gradient (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1).

Departures: the decay, which algorithm 1 does not have, is added to the gradient as torch does, so
that the adaptive steps rescale it; norms and biases take none.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import OptimizerSpec
from sslstudio.engine.parts import BuildContext, OptimizerPlan


class AdamSpec(OptimizerSpec):
    """Adaptive steps; decay is part of the gradient."""

    kind: Literal["adam"] = "adam"
    learning_rate: Annotated[
        float, Range(1e-6, 1.0, log=True), Ui("Learning rate", "Peak rate of the schedule.")
    ] = 1e-3
    beta1: Annotated[
        float, Range(0.0, 0.999), Ui("Beta 1", "Memory of the gradient's mean.", advanced=True)
    ] = 0.9
    beta2: Annotated[
        float, Range(0.8, 0.9999), Ui("Beta 2", "Memory of the gradient's square.", advanced=True)
    ] = 0.999
    weight_decay: Annotated[
        float,
        Range(0.0, 0.1),
        Ui("Weight decay", "Pull towards zero; norms and biases are spared."),
    ] = 1e-6


def build(spec: AdamSpec, _context: BuildContext) -> OptimizerPlan:
    """Return the plan for this optimizer."""

    def make(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.Adam(
            groups, lr=spec.learning_rate, betas=(spec.beta1, spec.beta2), foreach=True
        )

    return OptimizerPlan(
        learning_rate=spec.learning_rate, weight_decay=spec.weight_decay, make=make
    )


ENTRY = Entry(
    title="Adam",
    spec=AdamSpec,
    build=build,
    summary="Adaptive steps as in many papers before AdamW; decay acts through the gradient.",
    citation="Kingma & Ba 2015, arXiv:1412.6980",
)
