"""Stochastic gradient descent with Nesterov momentum (Sutskever et al. 2013, ICML, eq. 3, 4).

Departures: as in torch, the velocity gathers gradients and is multiplied by the rate afterwards, so
that a falling rate slows it at once; the decay is added to the gradient; norms and biases take
none.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import OptimizerSpec
from sslstudio.engine.parts import BuildContext, OptimizerPlan


class SgdSpec(OptimizerSpec):
    """Gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: Annotated[
        float, Range(1e-5, 10.0, log=True), Ui("Learning rate", "Peak rate of the schedule.")
    ] = 0.06
    momentum: Annotated[
        float, Range(0.0, 0.999), Ui("Momentum", "Share of the last step that is kept.")
    ] = 0.9
    weight_decay: Annotated[
        float,
        Range(0.0, 0.5),
        Ui("Weight decay", "Pull towards zero; norms and biases are spared."),
    ] = 5e-4


def build(spec: SgdSpec, _context: BuildContext) -> OptimizerPlan:
    """Return the plan for this optimizer."""

    def make(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.SGD(
            groups, lr=spec.learning_rate, momentum=spec.momentum, nesterov=spec.momentum > 0
        )

    return OptimizerPlan(
        learning_rate=spec.learning_rate, weight_decay=spec.weight_decay, make=make
    )


ENTRY = Entry(
    title="SGD",
    spec=SgdSpec,
    build=build,
    summary="Momentum descent; the classic choice with large batches and long runs.",
    citation="Sutskever et al. 2013",
)
