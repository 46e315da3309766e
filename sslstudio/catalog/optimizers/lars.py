"""LARS, layer-wise adaptive rates (You et al. 2017, arXiv:1708.03888, eq. 6, alg. 1), by timm.

A layer's own rate is trust |w| / (|g| + decay |w|), and its step goes along g + decay w.

Departures: norms and biases take neither decay nor adaptation, as in SimCLR's code; the rate of the
schedule multiplies the gathered steps, as in torch, not each before it is gathered; with `clip` the
layer's own rate times the schedule's gives way to the smaller of the two.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import OptimizerSpec
from sslstudio.engine.parts import BuildContext, OptimizerPlan


class LarsSpec(OptimizerSpec):
    """Each layer's step in proportion to its weights."""

    kind: Literal["lars"] = "lars"
    learning_rate: Annotated[
        float, Range(1e-4, 20.0, log=True), Ui("Learning rate", "Peak rate of the schedule.")
    ] = 0.4
    momentum: Annotated[
        float, Range(0.0, 0.999), Ui("Momentum", "Share of the last step that is kept.")
    ] = 0.9
    trust: Annotated[
        float,
        Range(1e-4, 0.1, log=True),
        Ui("Trust", "Step relative to the norm of a layer's weights."),
    ] = 0.02
    clip: Annotated[
        bool, Ui("Clip", "Never step further than plain SGD would (small batches).")
    ] = True
    weight_decay: Annotated[
        float,
        Range(0.0, 0.1),
        Ui("Weight decay", "Pull towards zero; norms and biases are spared."),
    ] = 1e-4


def build(spec: LarsSpec, _context: BuildContext) -> OptimizerPlan:
    """Return the plan for this optimizer."""

    def make(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        from timm.optim.lars import Lars

        # By itself timm adapts only what decays: without decay LARS would be plain SGD.
        adapted = [{**group, "always_adapt": _are_weights(group)} for group in groups]
        optimizer: torch.optim.Optimizer = Lars(
            adapted,
            lr=spec.learning_rate,
            momentum=spec.momentum,
            trust_coeff=spec.trust,
            trust_clip=spec.clip,
        )
        return optimizer

    return OptimizerPlan(
        learning_rate=spec.learning_rate, weight_decay=spec.weight_decay, make=make
    )


def _are_weights(group: dict[str, Any]) -> bool:
    return all(parameter.ndim > 1 for parameter in group["params"])


ENTRY = Entry(
    title="LARS",
    spec=LarsSpec,
    build=build,
    summary="Layer-wise rates for batches of a thousand images and more.",
    citation="You et al. 2017, arXiv:1708.03888",
)
