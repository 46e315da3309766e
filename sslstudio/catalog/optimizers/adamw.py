"""Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2).

Departures: the decay is multiplied by the learning rate, as in torch, where the paper multiplies it
by the schedule alone; norms and biases take none; beta 2 is .99 by default, which suits short runs.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import OptimizerSpec
from sslstudio.engine.parts import BuildContext, OptimizerPlan


class AdamwSpec(OptimizerSpec):
    """Adaptive steps with decoupled decay."""

    kind: Literal["adamw"] = "adamw"
    learning_rate: Annotated[
        float, Range(1e-6, 1.0, log=True), Ui("Learning rate", "Peak rate of the schedule.")
    ] = 3e-3
    beta1: Annotated[
        float, Range(0.0, 0.999), Ui("Beta 1", "Memory of the gradient's mean.", advanced=True)
    ] = 0.9
    beta2: Annotated[
        float, Range(0.8, 0.9999), Ui("Beta 2", "Memory of the gradient's square.", advanced=True)
    ] = 0.99
    weight_decay: Annotated[
        float,
        Range(0.0, 1.0),
        Ui("Weight decay", "Pull towards zero; norms and biases are spared."),
    ] = 0.02


def build(spec: AdamwSpec, _context: BuildContext) -> OptimizerPlan:
    """Return the plan for this optimizer."""

    def make(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            groups, lr=spec.learning_rate, betas=(spec.beta1, spec.beta2), foreach=True
        )

    return OptimizerPlan(
        learning_rate=spec.learning_rate, weight_decay=spec.weight_decay, make=make
    )


ENTRY = Entry(
    title="AdamW",
    spec=AdamwSpec,
    build=build,
    summary="Adaptive steps; learns fastest in short runs.",
    citation="Loshchilov & Hutter 2019, arXiv:1711.05101",
)
